"""Attacks on the grader, from the folder `attacks`: nobody gains, nothing stops, all is told."""

import contextlib
import hashlib
import importlib
import json
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if sys.platform != "linux":
    pytest.skip("grading is for Linux", allow_module_level=True)

from course_utils.exercises.build import instructor_notebook, release, write
from course_utils.exercises.source import read
from course_utils.grading import jobs, runner
from course_utils.grading.gradebook import Course
from course_utils.grading.nursery import Times
from course_utils.grading.sandbox import accounting, users
from course_utils.grading.station import Station
from tests.conftest import ROOT

SLUG = "exercise"
ATTACKS = Path(__file__).parent / "attacks"
TIMES = Times(request=1, total=8, idle=2, total_idle=6)
MOST = {"softmax-test": 6, "step-test": 4, "fit-test": 3}
NONE = dict.fromkeys(MOST, 0)
WORDS = "They are divided by their sum."
HONEST = {"aa-honest": {}, "honest": {}, "zz-honest": {}, "mm-half": {"step": ""}}
UIDS = "1900001000-1900001099"
SETTING = re.compile(r"^# (cell|base|points|tells|lacks): ?(.*)$", re.M)


@dataclass
class Attack:
    """A file: `name` is the student's; `settings` are its lines "# key: value"."""

    path: Path

    def __post_init__(self):
        self.text = self.path.read_text(encoding="utf-8")
        self.kind = self.path.parent.name
        self.name = f"{self.kind}-{self.path.stem}".replace("_", "-")
        self.settings = dict(SETTING.findall(self.text))

    @property
    def points(self):
        """{test: points expected, or None where any are right}."""
        listed = filter(None, self.settings.get("points", "").split(", "))
        found = dict(entry.split() for entry in listed)
        usual = NONE if self.settings.get("base") == "blank" else MOST
        return usual | {test: None if n == "any" else int(n) for test, n in found.items()}

    def hand_in(self, folder, exercise):
        """Write what this student hands in into `folder`."""
        codes = {} if self.settings.get("base") == "blank" else right(exercise)
        cell = self.settings.get("cell", "softmax")
        if self.kind != "damage" and cell != "top":
            codes[cell] = self.text
        notebook = filled(exercise, codes)
        if self.kind == "damage":
            damage = importlib.import_module(f"tests.attacks.damage.{self.path.stem}").damage
            notebook = damage(notebook, folder)
        elif cell == "top":
            notebook["cells"].insert(1, {"cell_type": "code", "metadata": {}, "id": "own",
                                         "source": self.text})
        if notebook is not None:
            save(folder / f"{SLUG}.ipynb", notebook)


ALL = [Attack(path) for path in sorted(ATTACKS.glob("*/*.py"))]
BY_NAME = {attack.name: attack for attack in ALL}
QUICK = [attack.name for attack in ALL if attack.kind == "tampering"]


def right(exercise):
    return {name: task.cell.code for name, task in exercise.tasks.items()}


def filled(exercise, codes):
    """A student's notebook as plain data."""
    notebook = json.loads(write(release(instructor_notebook(exercise))))
    for cell in notebook["cells"]:
        text = WORDS if cell["id"] == "words" else "".join(cell["source"])
        cell["source"] = codes.get(cell["id"], text)
    return notebook


def save(path, content):
    content = json.dumps(content) if isinstance(content, dict) else content
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def hand_in(root, exercise, attacks):
    """A course folder with submissions of the attackers and of honest neighbours."""
    shutil.copy(ROOT / "nbgrader_config.py", root)
    source = root / "solutions" / SLUG / f"{SLUG}.ipynb"
    source.parent.mkdir(parents=True)
    source.write_text(write(instructor_notebook(exercise)), encoding="utf-8")
    for name, codes in HONEST.items():
        folder = root / "submitted" / name / SLUG
        folder.mkdir(parents=True)
        save(folder / f"{SLUG}.ipynb", filled(exercise, right(exercise) | codes))
    for attack in attacks:
        folder = root / "submitted" / attack.name / SLUG
        folder.mkdir(parents=True)
        attack.hand_in(folder, exercise)


def hashes(root):
    """What is in the folders that grading only reads."""
    found = {}
    for kind in ("submitted", "solutions", "nbgrader_config.py"):
        for path in [root / kind, *(root / kind).rglob("*")]:
            about = path.lstat()
            small = path.is_file() and not path.is_symlink() and about.st_size < 1 << 20
            text = hashlib.sha256(path.read_bytes()).hexdigest() if small else ""
            found[str(path)] = about.st_mode, about.st_size, about.st_mtime_ns, text
    return found


def strays():
    """Processes of the users that sandboxes of this test ran as, and own descendants."""
    first, last = map(int, UIDS.split("-"))
    theirs = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if first <= os.stat(f"/proc/{pid}").st_uid <= last:
                theirs.append(int(pid))
    return set(theirs) | set(accounting.below(os.getpid()))


@dataclass
class Run:
    """A graded course, and what was there before and after."""

    root: Path
    summary: object
    before: tuple
    after: tuple

    def result(self, student):
        return jobs.result(Course(self.root).jobs(SLUG, student))

    def points(self, student):
        checks = self.result(student)["checks"]
        return {test: sum(one["points"] for one in all_ if one["passed"])
                for test, all_ in checks.items()}

    def told(self, student):
        """All that the instructor reads: the graded notebook's text, and the summary's."""
        graded = self.root / "autograded" / student / SLUG / f"{SLUG}.ipynb"
        texts = []
        for cell in json.loads(graded.read_text(encoding="utf-8"))["cells"]:
            texts += [] if cell["cell_type"] == "code" else cell["source"]
            for output in cell.get("outputs", ()):
                data = output.get("data", {})
                texts += [*output.get("text", ()), *data.get("text/html", ())]
        return "".join(texts)


def run(root, exercise, attacks, workers, secret=None):
    hand_in(root, exercise, attacks)
    if secret:
        (root / "jobs").mkdir()
        (root / "jobs" / ".secret").write_text(secret)
    before = hashes(root), strays(), set(os.listdir("/tmp"))
    summary = runner.grade(Course(root), SLUG, workers=workers, times=TIMES)
    return Run(root, summary, before, (hashes(root), strays(), set(os.listdir("/tmp"))))


@pytest.fixture(scope="module")
def exercise():
    return read(ATTACKS / "exercise.py")


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    """Where programs put temporary files while this module's tests run."""
    folder = tmp_path_factory.mktemp("scratch")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.setenv("DATABASE_PASSWORD", "a-password")
        patch.setenv(users.SETTING, UIDS)
        yield folder


@pytest.fixture(scope="module")
def batch(exercise, scratch, tmp_path_factory):
    """All attackers and their neighbours, graded in one run."""
    return run(tmp_path_factory.mktemp("course"), exercise, ALL, workers=2)


@pytest.fixture(scope="module")
def alone(batch, exercise, scratch, tmp_path_factory):
    """The honest neighbours without attackers."""
    secret = Course(batch.root).secret()
    return run(tmp_path_factory.mktemp("alone"), exercise, [], workers=1, secret=secret)


def test_the_batch_finishes(batch):
    assert batch.summary.failed == {}
    assert batch.summary.graded + batch.summary.cached == len(ALL) + len(HONEST)


@pytest.mark.parametrize("attack", ALL, ids=lambda attack: attack.name)
def test_nobody_gains_and_the_instructor_sees_it(batch, attack):
    reached, told = batch.points(attack.name), batch.told(attack.name)
    for test, points in attack.points.items():
        assert points is None or reached[test] == points, (test, reached, told)
        assert reached[test] <= MOST[test]
    assert attack.settings.get("tells", "").strip() in told
    assert attack.settings.get("lacks") is None or attack.settings["lacks"] not in told
    assert "a-password" not in told


def test_what_is_kept_of_a_submission_is_small(batch):
    for result in (batch.root / "jobs" / SLUG).glob("*/result.json"):
        assert result.stat().st_size < 20 << 20, result.parent.name


@pytest.mark.parametrize("student", HONEST)
def test_neighbours_get_what_they_get_alone(batch, alone, student):
    together, single = batch.result(student), alone.result(student)
    for result in (together, single):
        for clock in ("seconds", "student_seconds", "crossing_seconds", "cell_seconds"):
            del result[clock]
    assert together == single
    expected = MOST | ({"step-test": 0} if student == "mm-half" else {})
    assert batch.points(student) == expected
    assert batch.summary.repaired.get(student) is None


def test_the_gradebook_says_the_same(batch):
    with Course(batch.root).book() as book:
        for submission in book.assignment_submissions(SLUG):
            grades = {grade.name: grade.auto_score for grade in submission.notebooks[0].grades}
            grades.pop("words")
            assert grades == batch.points(submission.student.id)


def test_nothing_outside_the_sandbox_changed(batch, scratch):
    assert batch.after[0] == batch.before[0]
    assert batch.after[1] <= batch.before[1]
    left = [path.name for path in scratch.iterdir()]
    assert [name for name in left if not name.startswith("torchinductor_")] == []
    new = batch.after[2] - batch.before[2]
    traces = ("pickled", "result.json", "error.txt", "link", "stray", "file0", "torch.py")
    assert [name for name in new if name.startswith(traces)] == []


def test_feedback_holds_no_hidden_check(batch):
    for attack in ALL:
        told = batch.told(attack.name)
        assert "torch.randn(20, 3, 5" not in told


@pytest.fixture(scope="module")
def station(scratch):
    with Station(times=TIMES) as one:
        yield one


@settings(max_examples=6, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(students=st.lists(st.sampled_from(sorted([*QUICK, *HONEST])), min_size=2, max_size=4))
def test_no_submission_changes_another(batch, station, tmp_path, students):
    for number, student in enumerate(students):
        folder = Course(batch.root).jobs(SLUG, student)
        job = jobs.copy(folder, tmp_path / f"{number}")
        assert station.grade(job) == 0
        again = jobs.result(job)
        assert points_of(again) == points_of(batch.result(student)), student
        shutil.rmtree(job)


def points_of(result):
    return {test: [(one["name"], one["passed"]) for one in checks]
            for test, checks in result["checks"].items()}
