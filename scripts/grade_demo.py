"""`make grade-demo`: six simulated students through nbgrader, from release to the table of grades.

Everything is in `_build/grade-demo` afterwards: release, submissions, gradebook, feedback, export.
"""

import csv
import io
import shutil
import sys
import zipfile

from environment import ROOT, ensure, run, say

FOLDER = ROOT / "_build" / "grade-demo"
SLUG = "training-loop"
WARNING = "import warnings\nwarnings.warn('a warning that costs nothing')\n"


def answers(exercise):
    """Six students: {name: (what kind of work, {task: code}, whether they answer in words)}."""
    tasks = list(exercise.tasks.values())
    right = {task.name: task.cell.code for task in tasks}
    other = {task.name: task.alternatives[0].code for task in tasks}
    wrong = {task.name: task.wrong[0].code for task in tasks}
    half = {task.name: task.cell.code for task in tasks[: len(tasks) // 2]}
    noisy = {name: WARNING + code for name, code in right.items()}
    return {
        "ada": ("right", right, True),
        "bai": ("right in another way", other, True),
        "chloe": ("wrong throughout", wrong, True),
        "dawit": ("blank", {}, False),
        "eva": ("the first half, another kernel's name", half, False),
        "femi": ("right, with warnings", noisy, True),
    }


def notebooks(exercise):
    """What the students hand in: {name: notebook}."""
    from course_utils.exercises.through_nbgrader import filled

    handed_in = {}
    for name, (_, codes, in_words) in answers(exercise).items():
        notebook = filled(exercise, codes)
        for cell in notebook.cells:
            if cell.cell_type == "markdown" and cell.metadata.nbgrader.solution and in_words:
                cell.source = "The first logits are far too large: I look at the inputs' scale."
        if name == "eva":
            notebook.metadata.kernelspec.name = "my-conda-environment"
        handed_in[name] = notebook
    return handed_in


def hand_in(course, exercise):
    """Write a zip as a learning management system would, where `zip_collect` looks for it."""
    from course_utils.exercises.build import write

    archive = course.folder / "downloaded" / exercise.slug / "archive"
    archive.mkdir(parents=True)
    with zipfile.ZipFile(archive / "submissions.zip", "w") as file:
        for number, (name, notebook) in enumerate(notebooks(exercise).items(), 1):
            file.writestr(f"{name}_{number}_{exercise.slug}.ipynb", write(notebook))


def grade_by_hand(course, exercise):
    """What a person does in formgrader: read the written answers. Returns how many there were."""
    from nbgrader.api import Gradebook

    n = 0
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as book:
        for submission in book.assignment_submissions(exercise.slug):
            for grade in submission.notebooks[0].grades:
                if grade.needs_manual_grade:
                    grade.manual_score, grade.needs_manual_grade = grade.max_score / 2, False
                    n += 1
        book.db.commit()
    return n


def grades(course, exercise):
    """The table: one row a student, with the points of each task and the exported total."""
    scores = course.scores(exercise.slug)
    with (course.folder / "grades.csv").open(newline="") as file:
        totals = {row["student_id"]: row["score"] for row in csv.DictReader(file)}
    parts = [c.name for c in exercise.cells if c.role in ("test", "written")]
    rows = [["student", "handed in", *parts, "total"]]
    for name, (kind, _, _) in answers(exercise).items():
        found = scores[name]
        points = [found.get(f"{part}-test", found.get(part)) for part in parts]
        rows.append([name, kind, *(f"{p:g}" for p in points), f"{float(totals[name]):g}"])
    most = [c.points for c in exercise.cells if c.role in ("test", "written")]
    rows.append(["", "possible", *map(str, most), str(exercise.points)])
    return rows


def aligned(rows):
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    out = io.StringIO()
    for row in rows:
        cells = [c.ljust(w) if i < 2 else c.rjust(w)
                 for i, (c, w) in enumerate(zip(row, widths, strict=True))]
        print("  ".join(cells).rstrip(), file=out)
    return out.getvalue()


def main(slug):
    from course_utils.exercises.through_nbgrader import Course

    shutil.rmtree(FOLDER, ignore_errors=True)
    course = Course(FOLDER, ROOT)
    say(f"nbgrader generate_assignment {slug}")
    exercise = course.add(ROOT / "solutions" / f"{slug}.py")
    hand_in(course, exercise)
    for command in ("zip_collect", "autograde"):
        say(f"nbgrader {command} {slug}")
        course(command, slug, *(["--force"] if command == "zip_collect" else []))
    say(f"{grade_by_hand(course, exercise)} written answers graded by hand, as in formgrader")
    say(f"nbgrader generate_feedback {slug}")
    course("generate_feedback", slug)
    say("nbgrader export")
    course("export")
    table = grades(course, exercise)
    print(f"\n{aligned(table)}")
    where = FOLDER.relative_to(ROOT)
    print(f"Feedback: {where}/feedback/<student>/{slug}/{slug}.html   Export: {where}/grades.csv")
    print(f"Formgrader: in {where}, start `jupyter lab` and choose Nbgrader > Formgrader")
    return table


if __name__ == "__main__":
    from environment import PYTHON

    if sys.executable == str(PYTHON):
        main(*sys.argv[1:] or [SLUG])
    else:
        ensure("lab", "grading")
        sys.exit(run(__file__, *sys.argv[1:], check=False))
