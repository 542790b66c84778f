"""Students from csv files, pseudonyms, and the deletion of one student's data."""

import json
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from course_utils.grading import collect, export, report, roster
from course_utils.grading.forget import forget
from tests.test_export import SLUG, make, version_known

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Loop (8123)
    Points Possible,,,,,20
"Lovelace, Ada Augusta",12345,S1,ada,Group 1,18
"Brown, Bob",77,S2,bob,Group 1,
"Student, Test",5,,3f2a9c,Group 1,
"""
MOODLE = """\
First name,Last name,ID number,Email address
Ada,Lovelace,,ada@example.org
Bob,Brown,1002,bob@example.org
"""
SHEET = """\
Identifier,Full name,Email address,Status
Participant 5501,Ada Lovelace,ada@example.org,Submitted
"""


def written(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def read(tmp_path, text, encoding="utf-8"):
    return roster.read(written(tmp_path / "list.csv", text, encoding))


@pytest.fixture(scope="module")
def pattern(tmp_path_factory):
    """A course of four students with submissions and all that grading leaves."""
    folder = make(tmp_path_factory.mktemp("pattern"))
    for student in ("ada", "bob", "ada2"):
        for place in (f"submitted/{student}/{SLUG}/{SLUG}.ipynb", f"autograded/{student}/x/x.ipynb",
                      f"feedback/{student}/x/x.html", f"backups/{student}/{SLUG}/000/x.ipynb",
                      f"intake/{SLUG}/{student}.json", f"jobs/{SLUG}/{student}/result.json"):
            path = folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text('{"notes": [], "checks": {}}')
    return folder


@pytest.fixture
def course(pattern, tmp_path):
    """The course."""
    return Path(shutil.copytree(pattern, tmp_path / "course"))


@pytest.fixture
def empty(tmp_path):
    """A course without students."""
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "nbgrader_config.py").write_text("c = get_config()\n")
    with version_known(), roster.gradebook(folder):
        return folder


# files

def test_canvas(tmp_path):
    assert read(tmp_path, CANVAS) == [
        {"id": "ada", "first_name": "Ada Augusta", "last_name": "Lovelace", "email": "",
         "lms_user_id": "12345"},
        {"id": "bob", "first_name": "Bob", "last_name": "Brown", "email": "", "lms_user_id": "77"}]


def test_moodle_takes_the_column_that_every_line_fills(tmp_path):
    assert [one["id"] for one in read(tmp_path, MOODLE)] == ["ada@example.org", "bob@example.org"]
    full = MOODLE.replace("Lovelace,,", "Lovelace,1001,")
    assert [one["id"] for one in read(tmp_path, full)] == ["1001", "1002"]


def test_moodle_grading_sheet(tmp_path):
    assert read(tmp_path, SHEET) == [
        {"id": "ada@example.org", "first_name": "Ada", "last_name": "Lovelace",
         "email": "ada@example.org", "lms_user_id": "5501"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_plain_in_all_encodings(tmp_path, encoding, delimiter):
    text = f"ID{delimiter}Name\r\neva{delimiter}Eva Maria Müller\r\n\r\n"
    assert read(tmp_path, text, encoding) == [
        {"id": "eva", "first_name": "Eva Maria", "last_name": "Müller", "email": "",
         "lms_user_id": ""}]


@pytest.mark.parametrize(("text", "error"), [
    ("", "expected a header"),
    ("Colour,Size\nred,3\n", "expected a header with one of id, student id.*got colour, size"),
    ("id,name\nada,Ada\n,Bob\n", "line 3: expected an id, got an empty cell"),
    ("id,name\nada,Ada\nada,Bob\n", "line 3: the id 'ada' is in an earlier line"),
    ("id\n../../x\n", "line 2: expected an id of at most 80 letters.*'../../x'"),
    ("id\na b\n", "line 2: expected an id"),
    ("id\n.hidden\n", "line 2: expected an id"),
    ("id\n" + "x" * 81 + "\n", "line 2: expected an id"),
])
def test_what_is_no_roster(tmp_path, text, error):
    with pytest.raises(ValueError, match=error):
        read(tmp_path, text)


# import

def test_import(empty, tmp_path):
    path = written(tmp_path / "c.csv", CANVAS)
    assert roster.import_roster(empty, path)["added"] == ["ada", "bob"]
    assert roster.import_roster(empty, path) == {
        "added": [], "changed": [], "same": ["ada", "bob"], "absent": []}
    assert [one["id"] for one in roster.students(empty)] == ["bob", "ada"]


def test_another_file_about_the_same_students(empty, tmp_path):
    roster.import_roster(empty, written(
        tmp_path / "1.csv", "id,first name,email\nada,Ada,ada@example.org\nzoe,Zoe,\n"))
    told = roster.import_roster(empty, written(tmp_path / "2.csv", SHEET))
    assert told == {"added": [], "changed": ["ada"], "same": [], "absent": ["zoe"]}
    found = {one["id"]: one for one in roster.students(empty)}
    assert found["ada"]["lms_user_id"] == "5501"
    assert found["zoe"]["first_name"] == "Zoe"


def test_moodles_number_of_another_assignment_is_no_identity(empty, tmp_path):
    roster.import_roster(empty, written(
        tmp_path / "1.csv", "id,email,lms id\nbob,bob@example.org,5501\n"))
    told = roster.import_roster(empty, written(tmp_path / "2.csv", SHEET))
    assert told["added"] == ["ada@example.org"]
    assert roster.students(empty)[0]["email"] == "bob@example.org"


def test_a_bad_line_changes_nothing(empty, tmp_path):
    with pytest.raises(ValueError, match="line 3"):
        roster.import_roster(empty, written(tmp_path / "x.csv", "id\nada\na/b\n"))
    assert roster.students(empty) == []


def test_a_gradebook_is_made_without_alembic_on_the_path(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    assert roster.students(tmp_path) == []


# who is who

def test_find():
    people = roster.Roster([
        dict(zip(roster.FIELDS, one, strict=True)) for one in [
            ("ada", "Ada", "Lovelace", "Ada@Example.org", "12345"),
            ("b1", "Bob", "Brown", "", ""), ("b2", "Bob", "Brown", "", "")]])
    for text in ("ada", "ADA", "ada@example.org", "12345", "Ada Lovelace", "Lovelace, Ada",
                 "lovelaceada", "ÁDA LOVELACE"):
        assert people.find(text) == "ada", text
    assert people.find("Bob Brown") is None  # there are two
    assert people.find("nobody") is None
    assert people.find("") is None
    assert people.nearest("adda") == ", perhaps ada?"
    assert people.nearest("xyz") == ""


# pseudonyms

def test_pseudonyms_stay_and_are_private(course):
    first = roster.anonymise(course)
    assert set(first) == {"ada", "bob", "eva", "zoe"}
    assert len(set(first.values())) == 4
    path = course / "roster" / "pseudonyms.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with roster.gradebook(course) as book:
        book.add_student("new")
    second = roster.anonymise(course)
    assert {student: second[student] for student in first} == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]
    for student, name in second.items():
        assert roster.pseudonym(course, student) == name
        assert roster.resolve(course, f" {name}\n") == student
        assert student not in name


def test_pseudonyms_are_random(course, pattern, tmp_path):
    other = Path(shutil.copytree(pattern, tmp_path / "other"))
    assert not set(roster.anonymise(course).values()) & set(roster.anonymise(other).values())


def test_unknown_pseudonyms(course):
    with pytest.raises(ValueError, match="course roster anonymise"):
        roster.pseudonym(course, "ada")
    roster.anonymise(course)
    with pytest.raises(ValueError, match="expected a pseudonym of this course, got 'ada'"):
        roster.resolve(course, "ada")


# deletion

def traces(course, word):
    """Files whose path or content names somebody."""
    return [path for path in course.rglob("*") if path.is_file() and (
        word in path.parts or path.stem == word or word.encode() in path.read_bytes())]


@pytest.fixture
def careless_sqlite():
    """SQLite as some systems build it: deleted rows stay in the file until it is rewritten."""
    def open_carelessly(connection, record):
        connection.execute("PRAGMA secure_delete = OFF")

    event.listen(Engine, "connect", open_carelessly)
    yield
    event.remove(Engine, "connect", open_carelessly)


@pytest.mark.usefixtures("careless_sqlite")
def test_forget_deletes_every_trace(course):
    alias = roster.anonymise(course)["ada"]
    with roster.gradebook(course) as book, book.db.no_autoflush:
        book.add_submission("activations", "ada")
    written(course / "roster" / "list.csv", "id,name\nada,Ada\nada2,Ada Two\n")
    report.report(course, SLUG).write(course / "reports")
    export.export(course, "csv", SLUG)
    written(course / "reports" / "other.csv", "ada2,5\n")
    told = forget(course, "ada")
    assert told[0] == "gradebook: the student and 2 submissions"
    for place in ("submitted/ada", "autograded/ada", "feedback/ada", "backups/ada",
                  f"intake/{SLUG}/ada.json", f"jobs/{SLUG}/ada", f"reports/{SLUG}.html",
                  "exports/grades-csv.csv", "roster/list.csv: 1 line"):
        assert place in told
    for word in ("ada@example.org", "Lovelace", alias):
        assert traces(course, word) == []
    assert {one["id"] for one in roster.students(course)} == {"bob", "eva", "zoe"}
    assert "ada" not in roster.anonymise(course)


def test_forget_leaves_the_others_alone(course):
    roster.anonymise(course)
    before = {path: path.read_bytes() for path in course.rglob("*")
              if path.is_file() and {"bob", "ada2"} & {*path.parts, path.stem}}
    forget(course, "ada")
    assert {path: path.read_bytes() for path in before} == before
    with roster.gradebook(course) as book:
        assert book.find_submission(SLUG, "bob").score == 3
    book = sqlite3.connect(course / "gradebook.db")
    counts = [book.execute(f"select count(*) from {table}").fetchone()[0]
              for table in ("submitted_assignment", "submitted_notebook", "grade", "comment")]
    book.close()
    assert counts == [2, 2, 6, 2]


def test_forget_somebody_who_is_only_in_folders(course):
    told = forget(course, "ada2")
    assert "submitted/ada2" in told
    assert not (course / "submitted" / "ada2").exists()


def test_forget_does_not_follow_links(course, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    written(elsewhere / "x", "kept")
    (course / "submitted" / "zoe").symlink_to(elsewhere)
    forget(course, "zoe")
    assert (elsewhere / "x").read_text() == "kept"
    assert not (course / "submitted" / "zoe").is_symlink()


@pytest.mark.parametrize(("student", "error"), [
    ("adda", "expected a student of this course, got 'adda', perhaps ada.*nothing was deleted"),
    ("Lovelace", "perhaps ada"), ("../..", "expected an id"), ("", "expected an id"),
    ("*", "expected an id"), (".", "expected an id")])
def test_forget_refuses_an_unknown_student(course, student, error):
    before = sorted(course.rglob("*"))
    with pytest.raises(ValueError, match=error):
        forget(course, student)
    assert sorted(course.rglob("*")) == before


def test_collecting_uses_the_imported_numbers(empty, tmp_path):
    roster.import_roster(empty, written(tmp_path / "c.csv", CANVAS))
    source = tmp_path / "in"
    source.mkdir()
    written(source / f"whoever_12345_9_{SLUG}.ipynb", json.dumps({"cells": []}))
    found = collect.collect(empty, SLUG, source)
    assert [one.student for one in found] == ["ada"]
