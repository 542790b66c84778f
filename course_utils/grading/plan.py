"""What is run of a submission, in order: given cells, the student's cells, and the tests.

The texts of given cells and tests are those of the instructor's notebook; of a submission only the
code in task cells and in cells that the student added is used.
"""

from dataclasses import dataclass

from course_utils.checks.cells import checks_in, defined, used_names

SKIPPED = ("version-check", "done")  # cells about the student's own installation and progress


@dataclass(frozen=True)
class Step:
    """One cell: `role` is given (both sides run it), student (the student's side), or test."""

    id: str
    role: str
    code: str
    asks: tuple = ()  # of a test: names that the student's side must answer for
    points: float = 0  # of a test

    @property
    def checks(self):
        """(name, points) of each check that a test makes."""
        return checks_in(self.code)


def steps(notebook, answers, added=()):
    """The steps of a submission.

    notebook: the instructor's, with nbgrader's metadata and all tests.
    answers: {task: code}; a task without an answer is left empty.
    added: (id of the cell above or None, code) of cells that the student added, in order.
    """
    theirs = set()  # names that only the student's side has
    planned = _added(None, added)
    for cell in notebook.cells:
        name, grading = grade_id(cell), cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and name not in SKIPPED:
            step = _step(name, cell.source, grading, answers, theirs)
            planned.append(step)
            if step.role == "student":
                theirs |= set(defined([cell.source]))
        planned += _added(name, added)
    return planned


def only(steps, test):
    """The steps up to a test, without the tests above it."""
    last = next(i for i, step in enumerate(steps) if step.id == test)
    return [step for step in steps[: last + 1] if step.role != "test" or step.id == test]


def grade_id(cell):
    """The name of a cell: nbgrader's if it has one."""
    return cell.metadata.get("nbgrader", {}).get("grade_id") or cell.get("id", "")


def _added(above, added):
    return [Step(f"{above or 'top'}-added-{n}", "student", code)
            for n, (place, code) in enumerate(added, 1) if place == above]


def _step(name, source, grading, answers, theirs):
    if grading.get("solution"):
        return Step(name, "student", answers.get(name, ""))
    used = used_names(source)
    if grading.get("grade"):
        return Step(name, "test", source, tuple(sorted(used & theirs)), grading["points"])
    return Step(name, "student" if used & theirs else "given", source)
