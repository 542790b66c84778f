"""The one writer of nbgrader's gradebook, so that formgrader, feedback and exports go on."""

import contextlib
import os
import secrets
import shutil
import sys
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry, Student
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config.loader import PyFileConfigLoader

from course_utils.grading import graded


class Busy(RuntimeError):
    """Another program is grading this course."""


class Course:
    """An nbgrader course folder with its settings."""

    def __init__(self, root):
        self.root = Path(root).resolve()
        settings = self.root / "nbgrader_config.py"
        if not settings.is_file():
            raise ValueError(f"{self.root} is no course folder: it has no nbgrader_config.py")
        self.config = PyFileConfigLoader(settings.name, path=str(self.root)).load_config()
        self.directory = CourseDirectory(config=self.config, root=str(self.root))

    def folder(self, kind, student, slug):
        """A folder of the course, such as `folder("submitted", "ada", "training-loop")`."""
        name = getattr(self.directory, f"{kind}_directory")
        return Path(self.directory.format_path(name, student, slug))

    def source(self, slug):
        """The instructor's notebook of an assignment."""
        path = self.folder("source", ".", slug) / f"{slug}.ipynb"
        if not path.is_file():
            known = sorted(one.parent.name for one in path.parent.parent.glob("*/*.ipynb"))
            raise ValueError(f"there is no assignment {slug!r}; there are: {', '.join(known)}")
        return path

    def jobs(self, slug, student=""):
        """Where jobs and results are kept."""
        return self.root / "jobs" / slug / student

    def secret(self):
        """A text that only this course's graders know: it seeds what tests draw."""
        path = self.root / "jobs" / ".secret"
        path.parent.mkdir(exist_ok=True)
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with open(descriptor, "w") as file:
                file.write(secrets.token_hex(16))
        return path.read_text()

    def book(self):
        """nbgrader's gradebook; use it in a `with` statement."""
        if shutil.which("alembic") is None:  # which nbgrader runs by name, to make a new gradebook
            scripts = str(Path(sys.executable).parent)
            os.environ["PATH"] = os.pathsep.join([scripts, os.environ.get("PATH", "")])
        return Gradebook(self.directory.db_url, self.directory.course_id)


def locked(path):
    """A file that is locked until it is closed; Busy when another program holds it."""
    import fcntl

    path.parent.mkdir(exist_ok=True)
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise Busy("another `course grade` is running in this folder") from error
    return file


class Writer:
    """Saves results; there is one at a time for a course."""

    def __init__(self, course, slug):
        self.course, self.slug, self.lock = course, slug, locked(course.root / "jobs" / ".lock")
        self.book = course.book()
        try:
            self.book.find_assignment(slug)
        except MissingEntry:
            self._release()
        self.book.db().expire_on_commit = False  # this is the one writer: what it knows stays true
        self.cells = list(self.book.find_notebook(slug, slug).source_cells)  # kept in memory

    def _release(self):
        """Enter the assignment into the gradebook as `nbgrader generate_assignment` does."""
        from nbgrader.apps.api import NbGraderAPI

        done = NbGraderAPI(self.course.directory, config=self.course.config).generate_assignment(
            self.slug, force=True, create=True)
        if not done["success"]:
            raise ValueError(f"nbgrader cannot release {self.slug}: {done.get('error')}")

    def save(self, student, when, source, handed, outcome):
        """Write a student's graded notebook and grades.

        when: time of submission in UTC, or None. outcome: plain data as in result.json.
        """
        place = self.course.folder("autograded", student, self.slug) / f"{self.slug}.ipynb"
        graded.write(graded.graded(source, handed, outcome), place)
        book = self.book
        if book.db.get(Student, student) is None:
            book.add_student(student)
        details = {"timestamp": when} if when else {}
        with book.db.no_autoflush:
            submission = book.update_or_create_submission(self.slug, student, **details)
        notebook = book.find_submission_notebook(self.slug, self.slug, student)
        answered = {name for name, text in handed.written.items() if self._is_answer(name, text)}
        for grade in notebook.grades:
            self._grade(grade, answered, outcome["checks"].get(grade.name))
        for comment in notebook.comments:
            given = handed.answers.get(comment.name, handed.written.get(comment.name, ""))
            comment.auto_comment = None if given.strip() else "No response."
        book.db.commit()
        if submission.total_seconds_late > 0:
            self._penalise(student)

    def _is_answer(self, name, text):
        """Whether a written answer is another text than the one that was released."""
        released = next(cell.source for cell in self.cells if cell.name == name)
        return text.strip() not in ("", released.strip())

    def _grade(self, grade, answered, checks):
        """A test's points; a written answer waits for a person, unless there is none."""
        if checks is not None:
            grade.auto_score = sum(check["points"] for check in checks if check["passed"])
        else:
            grade.auto_score = None if grade.name in answered else 0
        by_hand = grade.manual_score is not None
        grade.needs_manual_grade = grade.auto_score is None or by_hand

    def _penalise(self, student):
        """Late penalties by nbgrader's plug-in."""
        about = {"notebook": self.slug, "assignment": self.slug, "student": student,
                 "db_url": self.course.directory.db_url}
        empty = graded.nbformat.v4.new_notebook()
        AssignLatePenalties(config=self.course.config).preprocess(empty, {"nbgrader": about})
        self.book.db.expire_all()

    def close(self):
        """Let go of the gradebook and the lock."""
        self.book.close()
        self.lock.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
