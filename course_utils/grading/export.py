"""Grades of the gradebook for other programs: csv, Canvas's and Moodle's import.

    csv       a line for each student and assignment; who handed in nothing has 0 points
    canvas    Student, ID, SIS User ID, SIS Login ID, Section, <assignment>...; then a line
              "Points Possible". Canvas finds a student by ID, else by SIS Login ID, and an
              assignment by the number in "title (number)", else by its title
    moodle    Email address, ID number, names, and for each assignment grade and feedback; in
              Moodle's import, map "Email address" to "email address" and each pair to its item

A cell of Canvas's or Moodle's is empty where nothing was handed in: they then keep what they have.
"""

import csv
import re
from dataclasses import dataclass, field
from pathlib import Path

from course_utils.grading.roster import gradebook, opened

FORMATS = ("csv", "canvas", "moodle")
# a sign at the start, or after what some spreadsheets take for the end of a cell
FORMULA = re.compile('(^|[;\t])(?=[ "]*[=+@\t\r＝＋－＠-])')


@dataclass
class Exported:
    """A file with grades; notes: sentences about what to look at before it is used."""

    path: Path
    rows: int
    notes: list = field(default_factory=list)


@dataclass
class Result:
    """A student's assignment. submitted: time, UTC, or None; feedback: points by cell, in words."""

    points: float = 0.0
    penalty: float = 0.0
    submitted: object = None
    ungraded: bool = False
    feedback: str = ""

    @property
    def total(self):
        """Points less the penalty, at least 0."""
        return max(0.0, self.points - self.penalty)


def export(course, format, slug=None, to=None, titles=None):
    """Write the grades of one assignment, or of all, to a file; returns an Exported.

    format: one of FORMATS. to: the file (default: `<course>/exports/grades-<format>.csv`).
    titles: {slug: the column's title}, for Canvas "Training loop (8123)".
    Raises ValueError for an unknown format or an assignment that the gradebook does not have.
    """
    if format not in FORMATS:
        raise ValueError(f"expected one of {', '.join(FORMATS)} as format, got {format!r}")
    with gradebook(course) as book:
        known = {one.name: one.max_score for one in book.assignments}
        if slug is not None and slug not in known:
            raise ValueError(f"expected an assignment in the gradebook, got {slug!r}; there are: "
                             f"{', '.join(known) or 'none'}. Run `course grade` first.")
        most = known if slug is None else {slug: known[slug]}
        people = [(one.id, one.first_name or "", one.last_name or "", one.email or "",
                   one.lms_user_id or "") for one in book.students]
        results = {(name, one.student_id): _result(one, book)
                   for name in most for one in book.assignment_submissions(name)}
    write = {"csv": _csv, "canvas": _canvas, "moodle": _moodle}[format]
    rows = write(people, most, results, {name: (titles or {}).get(name, name) for name in most})
    path = Path(to or opened(course).root / "exports" / f"grades-{format}.csv")
    write_csv(path, rows)
    return Exported(path, len(rows) - 1 - (format == "canvas"), _notes(format, people, results))


def write_csv(path, rows):
    """Write rows as UTF-8, each cell made `safe`."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8", errors="replace") as file:
        csv.writer(file).writerows([safe(cell) for cell in row] for row in rows)


def safe(cell):
    """The cell as text, with two decimals at most, that no spreadsheet takes for a formula."""
    if cell is None:
        return ""
    if isinstance(cell, int | float):
        return f"{round(cell, 2) + 0.0:.2f}".rstrip("0").rstrip(".")
    return FORMULA.sub(r"\1'", str(cell))


def _result(one, book):
    grades = [grade for notebook in one.notebooks for grade in notebook.grades]
    grades.sort(key=lambda grade: grade.cell.name)
    comments = [safe(comment.manual_comment) for notebook in one.notebooks
                for comment in notebook.comments if comment.manual_comment]
    cells = [f"{grade.name.removesuffix('-test')}: {safe(grade.score)} of {safe(grade.max_score)}"
             for grade in grades]
    return Result(one.score or 0.0, one.late_submission_penalty or 0.0, one.timestamp,
                  any(grade.needs_manual_grade for grade in grades), "; ".join(cells + comments))


# formats

def _csv(people, most, results, titles):
    rows = [("student", "assignment", "points", "max", "late penalty", "total", "submitted (UTC)")]
    for name in most:
        for student, *_ in people:
            one = results.get((name, student), Result())
            when = one.submitted and f"{one.submitted:%Y-%m-%d %H:%M:%S}"
            rows.append((student, titles[name], one.points, most[name], one.penalty, one.total,
                         when))
    return rows


def _canvas(people, most, results, titles):
    rows = [("Student", "ID", "SIS User ID", "SIS Login ID", "Section",
             *(titles[name] for name in most)),
            ("    Points Possible", "", "", "", "", *most.values())]
    for student, first, last, _, number in people:
        name = ", ".join(filter(None, (last, first))) or student
        rows.append((name, number, "", student, "", *_totals(student, most, results)))
    return rows


def _moodle(people, most, results, titles):
    heads = [f"Assignment: {titles[name]} ({what})" for name in most
             for what in ("Real", "Feedback")]
    rows = [("First name", "Last name", "ID number", "Email address", *heads)]
    for student, first, last, email, _ in people:
        cells = []
        for name, total in zip(most, _totals(student, most, results), strict=True):
            one = results.get((name, student))
            late = f"; late: -{safe(one.penalty)}" if one and one.penalty else ""
            cells += [total, one and one.feedback + late]
        rows.append((first, last, student, email, *cells))
    return rows


def _totals(student, most, results):
    found = [results.get((name, student)) for name in most]
    return [one.total if one else None for one in found]


def _notes(format, people, results):
    """What the instructor should know before the file is used."""
    told, key = [], {"canvas": 4, "moodle": 3}.get(format)
    waiting = sorted({f"{student} ({name})" for (name, student), one in results.items()
                      if one.ungraded})
    if waiting:
        told.append(f"{len(waiting)} still have answers to be graded by hand: {_some(waiting)}.")
    if key and (lacking := [one[0] for one in people if not one[key]]):
        what = {"canvas": "Canvas ID", "moodle": "e-mail address"}[format]
        told.append(f"{len(lacking)} have no {what} in the roster: {_some(lacking)}.")
    changed = [one[0] for one in people if any(safe(text) != text for text in one)]
    if changed:
        told.append("An apostrophe was put before a name or number that a spreadsheet would take "
                    f"for a formula: {_some(changed)}.")
    return told


def _some(names):
    return ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")
