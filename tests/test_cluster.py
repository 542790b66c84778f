"""The same jobs on a Dask cluster's workers, one of which is killed in the middle."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from course_utils.exercises.source import read
from course_utils.exercises.through_nbgrader import Course as Nbgrader
from course_utils.exercises.through_nbgrader import filled
from course_utils.grading import runner
from course_utils.grading.gradebook import Course
from tests.conftest import ROOT
from tests.test_grading import SLUG, source  # noqa: F401 (a fixture)

SLOW = "import time\nbegan = time.process_time()\nwhile time.process_time() - began < 1: pass\n"


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and two workers, as on three machines; yields its address and the workers."""
    def started(*command):
        return subprocess.Popen(
            [sys.executable, "-m", "distributed.cli." + command[0], *command[1:]], cwd=tmp_path,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    file = tmp_path / "scheduler.json"
    scheduler = started("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                        "--scheduler-file", str(file))
    workers = [started("dask_worker", "--scheduler-file", str(file), "--nthreads", "1",
                       "--no-nanny", "--no-dashboard", "--host", "127.0.0.1") for _ in range(2)]
    for _ in range(300):
        if file.is_file() and file.read_text().strip():
            break
        time.sleep(0.1)
    import json

    yield json.loads(file.read_text())["address"], workers
    for process in (*workers, scheduler):
        process.kill()
        process.wait()


def test_a_cluster_gives_the_same_grades_though_a_worker_dies(cluster, source, tmp_path):  # noqa: F811
    address, workers = cluster
    nbgrader = Nbgrader(tmp_path / "course", ROOT)
    task = nbgrader.add(source).tasks["softmax"]
    exercise = read(source)
    expected = {}
    for number in range(8):
        code, points = (task.cell.code, 4) if number % 2 else (task.wrong[0].code, 2)
        expected[f"s{number}"] = points
        nbgrader.submit(f"s{number}", SLUG, filled(exercise, {"softmax": SLOW + code}))

    def kill_one(line):
        if line.startswith("2 of"):
            workers[0].kill()

    summary = runner.grade(Course(nbgrader.folder), SLUG, cluster=address, say=kill_one)
    assert summary.failed == {}
    assert workers[0].poll() is not None
    found = {student: scores["softmax-test"] for student, scores in nbgrader.scores(SLUG).items()}
    assert found == expected
    assert Path(nbgrader.folder / "autograded" / "s7" / SLUG / f"{SLUG}.ipynb").is_file()
