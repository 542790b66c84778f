"""The commands that start something larger: the simulated course, and JupyterLab."""

import csv
import os
import signal
import socket
import subprocess
import sys
import time
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from grade_demo import FOLDER, SLUG

from course_utils.exercises.source import read
from tests.conftest import ROOT

ENVIRONMENT = {**os.environ, "COURSE_ENV": "active"}


@pytest.fixture(scope="module")
def demo():
    """`make grade-demo`, played once: what it printed, by its first word of each line."""
    done = subprocess.run(
        ["make", "grade-demo", f"PYTHON={sys.executable}"], cwd=ROOT, env=ENVIRONMENT,
        capture_output=True, text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {line.split()[0]: line for line in done.stdout.splitlines() if line.strip()}


def test_right_work_gets_all_points_and_blank_work_none(demo):
    exercise = read(ROOT / "solutions" / f"{SLUG}.py")
    by_hand = sum(cell.points for cell in exercise.cells if cell.role == "written")
    right = exercise.points - by_hand / 2  # the person who reads gives half
    totals = {name: float(demo[name].split()[-1]) for name in
              ("ada", "bai", "chloe", "dawit", "eva", "femi")}
    assert totals["ada"] == totals["bai"] == totals["femi"] == right
    assert totals["dawit"] == 0
    assert 0 < totals["chloe"] < right
    assert 0 < totals["eva"] < right


def test_the_course_leaves_gradebook_feedback_and_export(demo):
    assert (FOLDER / "gradebook.db").is_file()
    feedback = sorted(FOLDER.glob(f"feedback/*/{SLUG}/{SLUG}.html"))
    assert [path.parts[-3] for path in feedback] == [
        "ada", "bai", "chloe", "dawit", "eva", "femi"]
    assert "Hint:" in (FOLDER / "feedback" / "chloe" / SLUG / f"{SLUG}.html").read_text()
    with (FOLDER / "grades.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 6


def test_formgrader_serves_the_course(demo):
    """The page that an instructor grades on, on the gradebook of the simulated course."""
    with jupyter("-m", "jupyterlab", cwd=FOLDER) as address:
        page = urlopen(f"{address}/formgrader/gradebook/{SLUG}?token=t").read().decode()
        assert "Formgrader" in page or "formgrader" in page
        told = urlopen(f"{address}/formgrader/api/submissions/{SLUG}?token=t").read().decode()
        assert all(name in told for name in ("ada", "chloe", "femi"))


def test_lab_opens_on_the_students_notebooks():
    with jupyter("scripts/lab.py", cwd=ROOT) as address:
        told = urlopen(f"{address}/api/contents?token=t").read().decode()
        assert "training-loop" in told
        assert "solutions" not in told


class jupyter:
    """A Jupyter server for a `with` block; gives its address."""

    def __init__(self, *command, cwd):
        self.command, self.cwd = command, cwd

    def __enter__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = ["--no-browser", f"--port={port}", "--ServerApp.token=t", "--allow-root",
                   "--ServerApp.ip=127.0.0.1"]
        self.process = subprocess.Popen(
            [sys.executable, *self.command, *options], cwd=self.cwd, env=ENVIRONMENT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )
        address = f"http://127.0.0.1:{port}"
        for _ in range(120):
            try:
                urlopen(f"{address}/api?token=t").close()
                return address
            except (URLError, ConnectionError):
                time.sleep(0.5)
        self.__exit__()
        raise TimeoutError(f"no server at {address} after a minute")

    def __exit__(self, *error):
        os.killpg(self.process.pid, signal.SIGTERM)  # the server too, where a script started it
        self.process.wait(timeout=30)
