"""The gradebook in a real PostgreSQL server, run in a scratch folder and stopped after."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from course_utils.exercises.source import read
from course_utils.exercises.through_nbgrader import Course as Nbgrader
from course_utils.exercises.through_nbgrader import filled
from course_utils.grading import runner
from course_utils.grading.gradebook import Course
from tests.conftest import ROOT
from tests.test_grading import SLUG, source  # noqa: F401 (a fixture)


def programs():
    """The folder of PostgreSQL's programs, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    plain = shutil.which("initdb")
    return found[-1].parent if found else plain and Path(plain).parent


@pytest.fixture
def server():
    """A server on a free port of this machine; gives its address as nbgrader takes it."""
    pytest.importorskip("psycopg")
    bin_folder = programs()
    if bin_folder is None:
        missing = "no PostgreSQL: install the distribution's package postgresql"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with tempfile.TemporaryDirectory(prefix="postgresql-") as folder:
        yield from running(bin_folder, Path(folder))


def running(bin_folder, folder):
    """Start a server in a folder, give its address, stop it."""
    user = {}
    if os.getuid() == 0:  # it refuses to run as root
        shutil.chown(folder, "postgres")
        user = {"user": "postgres", "group": "postgres"}

    def call(program, *arguments):
        subprocess.run([bin_folder / program, *arguments], check=True, cwd=folder,
                       stdout=subprocess.DEVNULL, **user)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"
    call("initdb", "-D", data, "-U", "course", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-p {port} -h 127.0.0.1 -k {folder} -F"
    call("pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
    yield f"postgresql://course@127.0.0.1:{port}/postgres"
    call("pg_ctl", "-D", data, "-m", "immediate", "stop")


def test_the_gradebook_may_be_a_postgresql_database(server, source, tmp_path):  # noqa: F811
    nbgrader = Nbgrader(tmp_path / "course", ROOT)
    settings = nbgrader.folder / "nbgrader_config.py"
    settings.write_text(f"{settings.read_text()}\nc.CourseDirectory.db_url = {server!r}\n")
    nbgrader.add(source)
    exercise = read(source)
    task = exercise.tasks["softmax"]
    for student, code in (("ada", task.cell.code), ("bai", task.wrong[0].code), ("dawit", "")):
        nbgrader.submit(student, SLUG, filled(exercise, {"softmax": code}))
    course = Course(nbgrader.folder)
    runner.grade(course, SLUG, workers=1)
    assert not (nbgrader.folder / "gradebook.db").exists()
    with course.book() as book:
        found = {one.student.id: one.score for one in book.assignment_submissions(SLUG)}
    assert found == {"ada": 4, "bai": 2, "dawit": 0}
    assert runner.grade(course, SLUG, workers=1).cached == 3
    nbgrader("export", "--to", "grades.csv")
    assert "ada" in (nbgrader.folder / "grades.csv").read_text()
