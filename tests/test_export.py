"""Grades of a real gradebook as csv, for Canvas and for Moodle."""

import csv
import shutil
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

import pytest

from course_utils.grading import roster
from course_utils.grading.export import export, safe

SLUG = "training-loop"
PEOPLE = [
    ("ada", "Ada", "Lovelace", "ada@example.org", "12345"),
    ("bob", "Bob", "Brown", "", ""),
    ("eva", "=cmd|' /C calc'!A0", "Müller, Dr.", "eva@example.org", "901"),
    ("zoe", "Zoe", "Zuse", "zoe@example.org", "77"),
]
CELLS = {"loss-test": 4, "train-test": 6, "why": 2}  # why: a written answer
POINTS = {"ada": (4, 5.5, None), "bob": (2, 0, 1), "eva": (4, 6, 2)}


def version_known():
    """Nbgrader otherwise starts a program, for seconds, to learn the version of a new gradebook."""
    return patch("nbgrader.api.get_alembic_version", return_value="724cde206c17")


def make(folder):
    """A course of four students, three of whom handed in; Bob did so late."""
    (folder / "nbgrader_config.py").write_text("c = get_config()\n")
    with version_known(), roster.gradebook(folder) as book:
        for student, first, last, email, number in PEOPLE:
            book.add_student(student, first_name=first, last_name=last, email=email,
                             lms_user_id=number)
        for slug in (SLUG, "activations"):
            book.add_assignment(slug, duedate="2026-03-01 12:00:00 UTC")
            book.add_notebook(slug, slug)
        for cell, points in CELLS.items():
            kind = "markdown" if cell == "why" else "code"
            book.add_grade_cell(cell, SLUG, SLUG, max_score=points, cell_type=kind)
        book.add_solution_cell("why", SLUG, SLUG)
        for student, points in POINTS.items():
            _hand_in(book, student, points)
    return folder


def _hand_in(book, student, points):
    with book.db.no_autoflush:
        book.add_submission(SLUG, student, timestamp=datetime(2026, 3, 1, 9))
    for cell, own in zip(CELLS, points, strict=True):
        grade = book.find_grade(cell, SLUG, SLUG, student)
        grade.auto_score, grade.needs_manual_grade = own, own is None
    if student == "bob":
        book.find_submission_notebook(SLUG, SLUG, student).late_submission_penalty = 1.25
        book.find_comment("why", SLUG, SLUG, student).manual_comment = "=Good; but why?"
    book.db.commit()


@pytest.fixture(scope="module")
def pattern(tmp_path_factory):
    """The course, to be copied."""
    return make(tmp_path_factory.mktemp("pattern"))


@pytest.fixture
def course(pattern, tmp_path):
    """The course."""
    return Path(shutil.copytree(pattern, tmp_path / "course"))


def lines(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_csv(course):
    done = export(course, "csv", SLUG)
    assert done.path == course / "exports" / "grades-csv.csv"
    head, *rows = lines(done.path)
    assert head == ["student", "assignment", "points", "max", "late penalty", "total",
                    "submitted (UTC)"]
    found = {row[0]: row[1:] for row in rows}
    assert found == {
        "ada": [SLUG, "9.5", "12", "0", "9.5", "2026-03-01 09:00:00"],
        "bob": [SLUG, "3", "12", "1.25", "1.75", "2026-03-01 09:00:00"],
        "eva": [SLUG, "12", "12", "0", "12", "2026-03-01 09:00:00"],
        "zoe": [SLUG, "0", "12", "0", "0", ""],
    }
    assert done.rows == len(rows) == 4


def test_a_penalty_never_makes_points_negative(course):
    with roster.gradebook(course) as book:
        book.find_submission_notebook(SLUG, SLUG, "bob").late_submission_penalty = 50
        book.db.commit()
    found = {row[0]: row[5] for row in lines(export(course, "csv", SLUG).path)}
    assert found["bob"] == "0"


def test_all_assignments(course, tmp_path):
    done = export(course, "csv", to=tmp_path / "out" / "all.csv")
    assert done.rows == 8
    assert done.path == tmp_path / "out" / "all.csv"
    assert {row[1] for row in lines(done.path)[1:]} == {SLUG, "activations"}


def test_canvas(course):
    done = export(course, "canvas", SLUG, titles={SLUG: "Training loop (8123)"})
    head, possible, *rows = lines(done.path)
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section",
                    "Training loop (8123)"]
    assert possible == ["    Points Possible", "", "", "", "", "12"]
    assert ["Lovelace, Ada", "12345", "", "ada", "", "9.5"] in rows
    assert ["Zuse, Zoe", "77", "", "zoe", "", ""] in rows  # nothing handed in: Canvas keeps its own
    assert done.rows == len(rows) == 4
    assert any("no Canvas ID" in note and "bob" in note for note in done.notes)


def test_moodle(course):
    done = export(course, "moodle", SLUG)
    head, *rows = lines(done.path)
    assert head == ["First name", "Last name", "ID number", "Email address",
                    f"Assignment: {SLUG} (Real)", f"Assignment: {SLUG} (Feedback)"]
    found = {row[2]: row for row in rows}
    assert found["ada"] == ["Ada", "Lovelace", "ada", "ada@example.org", "9.5",
                            "loss: 4 of 4; train: 5.5 of 6; why: 0 of 2"]
    assert found["bob"][4:] == [
        "1.75", "loss: 2 of 4; train: 0 of 6; why: 1 of 2; '=Good; but why?; late: -1.25"]
    assert found["zoe"][4:] == ["", ""]
    assert any("no e-mail" in note and "bob" in note for note in done.notes)


def test_what_is_not_graded_yet_is_said(course):
    notes = export(course, "csv", SLUG).notes
    assert "1 still have answers to be graded by hand: ada (training-loop)." in notes


@pytest.mark.parametrize("format", ["canvas", "moodle"])
def test_no_cell_is_a_formula(course, format):
    done = export(course, format)
    cells = [cell for row in lines(done.path) for cell in row]
    assert any("=cmd" in cell for cell in cells)
    assert not [cell for cell in cells if cell.lstrip()[:1] in tuple("=+-@") and cell]
    assert any("apostrophe" in note and "eva" in note for note in done.notes)


@pytest.mark.parametrize(("cell", "text"), [
    ("=1+1", "'=1+1"), ("+49", "'+49"), ("-x", "'-x"), ("@SUM(A1)", "'@SUM(A1)"),
    ("\t=1", "'\t'=1"), ("a;=1", "a;'=1"),
    ("a\t-1", "a\t'-1"), ("a; '=1", "a; '=1"), ("a\n- b", "a\n- b"), (" =1", "' =1"),
    ('"=1', "'\"=1"), ("＝1", "'＝1"),
    ("a=b", "a=b"), ("", ""), (None, ""), (-2.0, "-2"), (-0.0, "0"), (-0.001, "0"),
    (1 / 3, "0.33"), (10, "10"), (7.50, "7.5"),
])
def test_safe(cell, text):
    assert safe(cell) == text


def test_what_cannot_be_exported(course):
    with pytest.raises(ValueError, match="expected one of csv, canvas, moodle"):
        export(course, "xls", SLUG)
    with pytest.raises(ValueError, match=r"'nothing'; there are: .*training-loop"):
        export(course, "csv", "nothing")
