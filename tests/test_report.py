"""The report: figures of a small class worked out by hand, the page, the csv files."""

import csv
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from course_utils.grading import roster
from course_utils.grading.report import report
from tests.test_export import SLUG, make

EVIL = "<script>alert(1)</script>"


def check(name, points, passed, message="", notes=()):
    return {"name": name, "points": points, "passed": passed, "message": message, "hint": "",
            "notes": list(notes)}


RESULTS = {
    "ada": {"checks": {"loss-test": [check("finite", 2, True), check("ln K", 2, True)],
                       "train-test": [check("learns", 6, False, "it does not learn")]},
            "outputs": {}, "lost": [], "seconds": 10.0, "student_seconds": 8.0},
    "bob": {"checks": {"loss-test": [check("finite", 2, True),
                                     check("ln K", 2, False, EVIL, ["warned"])],
                       "train-test": [check("learns", 6, False, "it does not learn")]},
            "outputs": {}, "lost": [{"cell": "train", "reason": "killed by signal 9"}],
            "seconds": 30.0, "student_seconds": 8.0},
    "eva": {"checks": {"loss-test": [check("finite", 2, True), check("ln K", 2, True)],
                       "train-test": [check("learns", 6, True)]},
            "outputs": {}, "lost": [], "seconds": 12.0, "student_seconds": 8.0},
}


@pytest.fixture(scope="module")
def pattern(tmp_path_factory):
    """The course of test_export with results, to be copied."""
    folder = make(tmp_path_factory.mktemp("pattern"))
    for student, result in RESULTS.items():
        job = folder / "jobs" / SLUG / student
        job.mkdir(parents=True)
        (job / "result.json").write_text(json.dumps(result))
    (folder / "jobs" / SLUG / "bob" / "job.json").write_text(
        json.dumps({"repairs": ["The cell of loss had lost its name."]}))
    (folder / "intake" / SLUG).mkdir(parents=True)
    (folder / "intake" / SLUG / "ada.json").write_text(json.dumps({"notes": ["Renamed."]}))
    return folder


@pytest.fixture
def course(pattern, tmp_path):
    """The course."""
    return Path(shutil.copytree(pattern, tmp_path / "course"))


def tasks(made):
    return {task.name: task for task in made.tasks}


def test_figures_of_tasks(course):
    made = report(course, SLUG)
    loss, train, why = (tasks(made)[name] for name in ("loss", "train", "why"))
    assert (loss.number, train.number, why.number) == (3, 3, 2)  # one answer waits for a person
    assert loss.share == pytest.approx(10 / 12)  # 4, 2, 4 of 4
    assert train.share == pytest.approx(11.5 / 18)  # 5.5, 0, 6 of 6, the 5.5 given by hand
    assert why.share == pytest.approx(0.75)
    # loss 4, 2, 4 with the rest 5.5, 1, 8: 7.667 / sqrt(2.667 * 25.167)
    assert loss.discrimination == pytest.approx(0.9358, abs=1e-4)
    assert why.discrimination is None  # two students are too few
    assert (train.failed, train.message) == ("learns", "it does not learn")
    assert train.failed_share == pytest.approx(2 / 3)
    assert (loss.failed, loss.message) == ("ln K", EVIL)
    assert made.seconds == 12.0
    assert loss.seconds is None


def test_the_hardest_comes_first(course):
    assert [task.name for task in report(course, SLUG).tasks] == ["train", "why", "loss"]


def test_no_discrimination_where_all_are_equal(course):
    with roster.gradebook(course) as book:
        for student in RESULTS:
            book.find_grade("loss-test", SLUG, SLUG, student).manual_score = 3
        book.db.commit()
    assert tasks(report(course, SLUG))["loss"].discrimination is None


def test_seconds_of_tasks_where_they_are_measured(course):
    for student, seconds in (("ada", 1.0), ("bob", 2.0), ("eva", 6.0)):
        path = course / "jobs" / SLUG / student / "result.json"
        timed = {**RESULTS[student], "cell_seconds": {"loss": seconds, "loss-test": 0.5}}
        path.write_text(json.dumps(timed))
    assert tasks(report(course, SLUG))["loss"].seconds == 2.5


def test_students(course):
    made = report(course, SLUG)
    found = {one.student: one for one in made.students}
    assert found["ada"].points == {"loss": 4.0, "train": 5.5, "why": None}
    assert (found["bob"].total, found["bob"].penalty) == (1.75, 1.25)
    assert found["bob"].lost == ["train: killed by signal 9"]
    assert found["bob"].notes == ["The cell of loss had lost its name.", "loss: warned"]
    assert found["ada"].notes == ["Renamed."]
    assert made.missing == ["zoe"]
    json.dumps(made.as_dict())


def test_results_that_are_not_in_the_gradebook_yet(course):
    with roster.gradebook(course) as book:
        for student in RESULTS:
            book.remove_submission(SLUG, student)
    found = {one.student: one.total for one in report(course, SLUG).students}
    assert found == {"ada": 4.0, "bob": 2.0, "eva": 10.0}


def test_a_damaged_result_is_noted(course):
    (course / "jobs" / SLUG / "ada" / "result.json").write_text('{"checks"')
    found = {one.student: one for one in report(course, SLUG).students}
    assert "grade this submission again" in found["ada"].notes[-1]
    assert found["ada"].total == 9.5
    assert found["ada"].seconds is None


def test_nothing_graded(course):
    with pytest.raises(ValueError, match="expected graded submissions of 'activations', got none"):
        report(course, "activations")


def test_anonymous(course):
    made = report(course, SLUG, anonymous=True)
    text = made.html() + json.dumps(made.as_dict())
    assert not re.search(r"\b(ada|bob|eva|zoe|Lovelace)\b", text)
    assert {roster.resolve(course, one.student) for one in made.students} == {"ada", "bob", "eva"}
    assert [roster.resolve(course, one) for one in made.missing] == ["zoe"]


class Page(HTMLParser):
    """What a page consists of."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.open = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, *one) for one in attributes]
        if tag not in ("meta", "br", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page(course, tmp_path):
    page, *tables = report(course, SLUG).write(tmp_path / "out")
    text = page.read_text(encoding="utf-8")
    found = Page(text)
    assert found.open == []
    assert not {"script", "link", "img", "iframe"} & set(found.tags)
    assert not re.search(r"https?:|url\(|@import| src=", text)
    scopes = [value for tag, name, value in found.attributes if (tag, name) == ("th", "scope")]
    assert len(scopes) == found.tags.count("th")
    assert scopes.count("row") == 3 + 3
    assert found.tags.count("caption") == found.tags.count("table") == 2
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    assert EVIL not in text
    assert "&lt;script&gt;" in text
    assert "83 %" in text
    assert [path.name for path in tables] == [f"{SLUG}-tasks.csv", f"{SLUG}-students.csv"]


def test_the_tables(course, tmp_path):
    _, first, second = report(course, SLUG).write(tmp_path)
    with open(first, newline="", encoding="utf-8") as file:
        by_task = {row["name"]: row for row in csv.DictReader(file)}
    assert (by_task["loss"]["share"], by_task["loss"]["discrimination"]) == ("0.83", "0.94")
    assert by_task["why"]["discrimination"] == ""
    with open(second, newline="", encoding="utf-8") as file:
        by_student = {row["student"]: row for row in csv.DictReader(file)}
    assert by_student["ada"]["why"] == ""
    assert by_student["bob"]["lost processes"] == "1"
    assert by_student["eva"]["name"].startswith("'=cmd")
