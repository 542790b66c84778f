"""Grade notebooks by nbgrader itself, unmodified, in a course folder of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

from course_utils.exercises.build import instructor_notebook, release, write
from course_utils.exercises.source import read


class NbgraderError(RuntimeError):
    """An nbgrader command failed; the message ends with what it printed."""


class Course:
    """An nbgrader course in `folder`, with the configuration and the exercises of `root`."""

    def __init__(self, folder, root):
        self.folder, self.root = Path(folder), Path(root)
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.root / "nbgrader_config.py", self.folder)

    def add(self, path):
        """Put the exercise at `path` into the course and let nbgrader release it."""
        exercise = read(path)
        target = self.folder / "solutions" / exercise.slug / f"{exercise.slug}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(write(instructor_notebook(exercise)), encoding="utf-8")
        self("generate_assignment", exercise.slug)
        return exercise

    def __call__(self, *command):
        """Run `nbgrader command ...` in the course; return what it printed."""
        # nbgrader calls alembic by name, so this Python's scripts come first on the path
        scripts = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        environment = {**os.environ, "PATH": scripts, "JUPYTER_PREFER_ENV_PATH": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *command], cwd=self.folder, env=environment,
            capture_output=True, text=True,
        )
        if done.returncode:
            raise NbgraderError(f"nbgrader {' '.join(command)} failed:\n{done.stderr[-3000:]}")
        return done.stdout + done.stderr

    def released(self, slug):
        """The path of a released notebook."""
        return self.folder / "exercises" / slug / f"{slug}.ipynb"

    def submit(self, student, slug, notebook):
        """Hand in a notebook for a student."""
        target = self.folder / "submitted" / student / slug / f"{slug}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(write(notebook), encoding="utf-8")

    def scores(self, slug):
        """{student: {grade_id: points}} from nbgrader's gradebook."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.folder / 'gradebook.db'}") as book:
            return {
                submission.student.id: {
                    grade.name: grade.score
                    for notebook in submission.notebooks for grade in notebook.grades
                }
                for submission in book.assignment_submissions(slug)
            }


def filled(exercise, codes):
    """The student's notebook with `codes`, {task: code}, in its task cells."""
    notebook = release(instructor_notebook(exercise))
    for cell in notebook.cells:
        if cell.id in codes:
            cell.source = codes[cell.id]
    return nbformat.from_dict(notebook)


def submissions(exercise):
    """Reference, blank, and one notebook with the first wrong answer to every task."""
    tasks = exercise.tasks.values()
    return {
        "reference": filled(exercise, {task.name: task.cell.code for task in tasks}),
        "blank": filled(exercise, {}),
        "wrong": filled(exercise, {t.name: t.wrong[0].code for t in tasks if t.wrong}),
    }


def expected_points(exercise):
    """What each of `submissions` must get in each test cell, by the words of the source."""
    from course_utils.checks.cells import checks_in

    def wrong(task):
        lost = {name.strip() for name in task.wrong[0].settings["kills"].split(",")}
        return sum(points for name, points in checks_in(task.test.body) if name not in lost)

    tasks = exercise.tasks.values()
    return {
        "reference": {f"{t.name}-test": t.test.points for t in tasks},
        "blank": {f"{t.name}-test": 0 for t in tasks},
        "wrong": {f"{t.name}-test": wrong(t) if t.wrong else 0 for t in tasks},
    }


def differences(path, folder, root):
    """Grade `submissions` by nbgrader; what differs from the expected points, in words."""
    course = Course(folder, root)
    exercise = course.add(path)
    for student, notebook in submissions(exercise).items():
        course.submit(student, exercise.slug, notebook)
    course("autograde", exercise.slug)
    scores = course.scores(exercise.slug)
    return [
        f"{student}: {test} gets {scores[student].get(test)} through nbgrader, expected {points}"
        for student, tests in expected_points(exercise).items()
        for test, points in tests.items()
        if scores[student].get(test) != points
    ]
