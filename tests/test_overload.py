"""Jobs that a station cannot finish: repeated, or told; never failed, never waited for."""

import time

import nbformat
import pytest

from course_utils.exercises.build import instructor_notebook
from course_utils.exercises.source import read
from course_utils.grading import jobs, nursery, runner
from course_utils.grading.plan import only, steps
from course_utils.grading.station import Station
from tests.conftest import SOLUTIONS

WALL = 3.0  # seconds of a request: beyond, the machine is overloaded
SLEEPS = "import time\ntime.sleep(max(0, {until} - time.time()))\n"


@pytest.fixture(scope="module")
def station():
    """A warm station for which a request of some seconds is a sign of overload."""
    with Station(times=nursery.Times(wall=WALL)) as station:
        station.protection()
        yield station


def graded(station, folder, until, monkeypatch):
    """(error, outcome) of a right submission that gets no time until a moment."""
    exercise = read(SOLUTIONS[0])
    name, task = next(iter(exercise.tasks.items()))
    code = SLEEPS.format(until=until) + task.cell.code
    planned = steps(nbformat.from_dict(instructor_notebook(exercise)), {name: code})
    job = jobs.write(folder / "job", only(planned, f"{name}-test"), name=exercise.slug)
    monkeypatch.setattr(runner, "Station", lambda **options: station)
    monkeypatch.setattr(station, "close", lambda: None)
    pool = runner.Pool(1, {})
    ((_, _, _, error),) = pool.run([("ada", job, None)], False, runner.Summary("x"),
                                   lambda line: None)
    return error, jobs.result(job), (job / "error.txt")


def test_a_job_without_time_is_repeated_until_it_had_some(station, tmp_path, monkeypatch):
    error, outcome, told = graded(station, tmp_path, time.time() + 2 * WALL, monkeypatch)
    assert "Overloaded: the machine gave it" in told.read_text()  # the first try
    assert error == ""
    assert outcome["lost"] == []
    first = next(iter(outcome["checks"].values()))
    assert all(check["passed"] for check in first)


def test_a_job_that_never_gets_time_is_told_to_the_instructor_and_not_graded(
        station, tmp_path, monkeypatch):
    error, outcome, _ = graded(station, tmp_path, time.time() + 1000, monkeypatch)
    assert error.startswith("Overloaded: the machine gave it")
    assert outcome is None


def test_a_second_grading_that_fails_is_told(tmp_path, monkeypatch):
    class Once:
        protection = close = staticmethod(dict)

        def grade(self, folder):
            if folder.name == "again":
                (folder / "error.txt").write_text("it broke")
                return 1
            jobs.write_result(folder, {"checks": {}})
            return 0

    monkeypatch.setattr(runner, "Station", Once)
    job = jobs.write(tmp_path / "job", [], name="x")
    told = runner.Pool(1, {}).run([("ada", job, None)], True, runner.Summary("x"), print)
    assert [error for *_, error in told] == ["the second time: it broke"]
