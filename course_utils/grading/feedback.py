"""Feedback pages, by nbgrader: the graded notebook, points by task, and a grader's comments."""


def write(course, slug, students=None):
    """Write the feedback of an assignment; returns the paths of the pages.

    students: those to write for, by default all that are graded. Raises ValueError when there is
    nothing to write, or nbgrader cannot.
    """
    from nbgrader.apps.api import NbGraderAPI

    root = course.folder("autograded", ".", slug).parent
    graded = sorted(folder.parent.name for folder in root.glob(f"*/{slug}"))
    wanted = [student for student in graded if not students or student in students]
    if not wanted:
        raise ValueError(f"nobody's {slug} is graded yet; run `course grade {slug}` first")
    api, failed = NbGraderAPI(course.directory, config=course.config), {}
    for student in wanted:
        done = api.generate_feedback(slug, student, force=True)
        if not done["success"]:
            failed[student] = done.get("error")
    if failed:  # the others' is written
        raise ValueError("the feedback could not be written of "
                         + "; ".join(f"{student}: {why}" for student, why in failed.items()))
    return [course.folder("feedback", student, slug) / f"{slug}.html" for student in wanted]
