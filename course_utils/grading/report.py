"""How an assignment went: by task and by student, as a page, as csv and as plain data.

Points come from the gradebook, where a person may have changed them, else from result.json; checks
and times from result.json. The report is for the instructor: messages of hidden checks are in it.
"""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import StatisticsError, correlation, fmean, median

import jinja2

from course_utils.grading.collect import notes as intake_notes
from course_utils.grading.export import safe, write_csv
from course_utils.grading.roster import anonymise, gradebook, opened

FEWEST = 3  # students for a correlation
SUFFIX = "-test"  # of test cells; a task is called by the rest
PAGE = Path(__file__).with_name("report.html")


@dataclass
class Task:
    """One graded cell over all students.

    share: mean share of the points, 0 to 1 (low: difficult). discrimination: correlation of its
    points with those of all other tasks, -1 to 1; None where it is undefined. failed: name of the
    check that failed most often; failed_share: of all students; message: its commonest.
    seconds: median of the task's cells, None where they were not measured.
    """

    name: str
    most: float
    number: int = 0
    share: float | None = None
    discrimination: float | None = None
    failed: str = ""
    failed_share: float = 0.0
    message: str = ""
    seconds: float | None = None


@dataclass
class Student:
    """One submission. points: {task: points or None where nobody has graded it yet}."""

    student: str
    name: str
    points: dict
    total: float
    penalty: float = 0.0
    seconds: float | None = None
    lost: list = field(default_factory=list)
    notes: list = field(default_factory=list)


@dataclass
class Report:
    """tasks: the hardest first. students: by name. missing: ids without a submission."""

    assignment: str
    made: str
    most: float
    tasks: list
    students: list
    missing: list
    seconds: float | None = None  # median of a submission

    def as_dict(self):
        """Plain data, for --json."""
        return asdict(self)

    def write(self, folder):
        """Write <assignment>.html, -tasks.csv and -students.csv; returns their paths."""
        folder = Path(folder)
        paths = [folder / f"{self.assignment}{end}"
                 for end in (".html", "-tasks.csv", "-students.csv")]
        folder.mkdir(parents=True, exist_ok=True)
        paths[0].write_text(self.html(), encoding="utf-8", errors="replace")
        write_csv(paths[1], self._task_rows())
        write_csv(paths[2], self._student_rows())
        return paths

    def html(self):
        """One page that needs nothing else."""
        environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True,
                                         undefined=jinja2.StrictUndefined)
        environment.filters |= {"number": _number, "percent": _percent}
        return environment.from_string(PAGE.read_text(encoding="utf-8")).render(report=self)

    def _task_rows(self):
        keys = ("name", "most", "number", "share", "discrimination", "failed", "failed_share",
                "message", "seconds")
        return [keys, *([getattr(task, key) for key in keys] for task in self.tasks)]

    def _student_rows(self):
        names = [task.name for task in self.tasks]
        rows = [("student", "name", *names, "late penalty", "total", "lost processes", "seconds",
                 "notes")]
        for one in self.students:
            points = [one.points.get(name) for name in names]
            rows.append((one.student, one.name, *points, one.penalty, one.total, len(one.lost),
                         one.seconds, " ".join(one.notes)))
        return rows


def report(course, slug, anonymous=False):
    """The Report of an assignment; write it with `.write(folder)`.

    anonymous: call students by their pseudonyms, which are made where there are none.
    Raises ValueError when nothing of it has been graded.
    """
    course = opened(course)
    results = _results(course, slug)
    graded, missing, most = _graded(course, slug, results)
    if not graded:
        raise ValueError(f"expected graded submissions of {slug!r}, got none: run `course grade "
                         f"{slug}` first")
    students = [_student(course, slug, *one, results) for one in graded]
    if anonymous:
        names = anonymise(course)
        for one in students:
            one.student, one.name = names.get(one.student, "not in the roster"), ""
        students.sort(key=lambda one: one.student)
        missing = sorted(names[student] for student in missing)
    tasks = [_task(name, points, students) for name, points in most.items()]
    _add_checks(tasks, [result for result in results.values() if result])
    tasks.sort(key=lambda task: (task.share is None, task.share, task.name))
    times = [one.seconds for one in students if one.seconds is not None]
    return Report(slug, f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", sum(most.values()), tasks,
                  students, missing, median(times) if times else None)


# what there is

def _results(course, slug):
    """{student: result.json, or None where it cannot be read}."""
    found = {}
    for path in sorted(course.jobs(slug).glob("*/result.json")):
        try:
            found[path.parent.name] = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            found[path.parent.name] = None
    return found


def _graded(course, slug, results):
    """([(student, name, {task: points}, total, penalty)], ids without one, {task: points})."""
    most, graded, people = {}, {}, {}
    for result in filter(None, results.values()):
        most |= {_short(test): sum(check["points"] for check in checks)
                 for test, checks in result["checks"].items()}
    with gradebook(course) as book:
        people = {one.id: " ".join(filter(None, (one.first_name, one.last_name)))
                  for one in book.students}
        for one in book.assignment_submissions(slug):
            grades = [grade for notebook in one.notebooks for grade in notebook.grades]
            most |= {_short(grade.name): grade.max_score for grade in grades}
            points = {_short(grade.name): _points(grade) for grade in grades}
            penalty = one.late_submission_penalty or 0.0
            total = max(0.0, (one.score or 0.0) - penalty)
            graded[one.student_id] = (points, total, penalty)
    for student, result in results.items():
        if result and student not in graded:
            points = {_short(test): _reached(checks) for test, checks in result["checks"].items()}
            graded[student] = (points, float(sum(points.values())), 0.0)
    missing = sorted(student for student in people if student not in graded)
    order = sorted(graded, key=lambda student: (people.get(student, ""), student))
    return [(one, people.get(one, ""), *graded[one]) for one in order], missing, most


def _short(name):
    return name.removesuffix(SUFFIX)


def _points(grade):
    """None where nobody has graded it yet."""
    waiting = grade.auto_score is None and grade.manual_score is None
    return None if waiting else float(grade.score)


def _reached(checks):
    return float(sum(check["points"] for check in checks if check["passed"]))


def _student(course, slug, student, name, points, total, penalty, results):
    result, notes = results.get(student), intake_notes(course, slug, student)
    job = course.jobs(slug, student) / "job.json"
    if job.is_file():
        notes += json.loads(job.read_text(encoding="utf-8")).get("repairs", [])
    if student in results and result is None:
        notes.append("result.json cannot be read: grade this submission again.")
    result = result or {}
    for test, checks in result.get("checks", {}).items():
        notes += [f"{_short(test)}: {note}" for check in checks for note in check["notes"]]
    lost = [f"{one['cell']}: {one['reason']}" for one in result.get("lost", [])]
    notes = list(dict.fromkeys(notes))
    return Student(student, name, points, total, penalty, result.get("seconds"), lost, notes)


# figures

def _task(name, most, students):
    """The figures of one task, without its checks."""
    pairs = [(own, sum(filter(None, one.points.values())) - own) for one in students
             if (own := one.points.get(name)) is not None]
    task = Task(name, most, len(pairs))
    if pairs and most:
        task.share = fmean(own for own, _ in pairs) / most
    if len(pairs) >= FEWEST:
        try:
            task.discrimination = correlation(*zip(*pairs, strict=True))
        except StatisticsError:  # all have the same points
            task.discrimination = None
    return task


def _add_checks(tasks, results):
    """Which check of each task failed most often, with what message; how long it took."""
    for task in tasks:
        failed, messages, times = Counter(), {}, []
        for result in results:
            times += _times(result, task.name)
            for check in result["checks"].get(task.name + SUFFIX, []):
                if not check["passed"]:
                    failed[check["name"]] += 1
                    messages.setdefault(check["name"], Counter())[check["message"]] += 1
        if failed:
            task.failed, count = min(failed.items(), key=lambda one: (-one[1], one[0]))
            task.failed_share = count / len(results)
            task.message = messages[task.failed].most_common(1)[0][0]
        task.seconds = median(times) if times else None


def _times(result, task):
    """Seconds that the task's cell and its test took together, if they were measured."""
    cells = result.get("cell_seconds", {})
    found = [cells[name] for name in (task, task + SUFFIX) if name in cells]
    return [sum(found)] if found else []


# the page

def _number(value, digits=2):
    return "–" if value is None else safe(round(value, digits))


def _percent(value):
    return "–" if value is None else f"{100 * value:.0f} %"
