"""Delete what a course holds of one student, who has asked for it."""

import csv
import glob
import re
import shutil

from sqlalchemy import text as sql

from course_utils.grading.roster import (
    Roster,
    checked_id,
    gradebook,
    opened,
    pseudonyms,
    students,
    write_private,
)


def forget(course, student):
    """Delete what the course's folder and gradebook hold of a student; returns what, in words.

    Reports and exports that name the student are deleted whole: they are made again in a moment.
    Not reached: an exchange, files written elsewhere, copies of the folder. Raises ValueError for
    an unknown student.
    """
    course = opened(course)
    root, roster = course.root, Roster(students(course))
    alias = pseudonyms(course).get(student)
    paths = _traces(course, checked_id(student), alias)
    if student not in roster.students and not paths and not alias:
        raise ValueError(f"expected a student of this course, got {student!r}"
                         f"{roster.nearest(student)}; nothing was deleted")
    told = _without_rows(course, student) if student in roster.students else []
    for path in paths:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        told.append(str(path.relative_to(root)))
    return told + _without_lines(root, student)


def _without_rows(course, student):
    with gradebook(course) as book:
        count = len(book.student_submissions(student))
        book.remove_student(student)
        if book.engine.dialect.name == "sqlite":  # else the rows stay readable in the file
            with book.engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT").execute(sql("VACUUM"))
    return [f"gradebook: the student and {count} submissions"]


def _traces(course, student, alias):
    """Folders and files that are the student's, or a report that names the student."""
    root, name = course.root, glob.escape(student)
    found = [course.folder(kind, student, "x").parent
             for kind in ("submitted", "autograded", "feedback")]
    found += [root / "backups" / student, *root.glob(f"jobs/*/{name}"),
              *root.glob(f"intake/*/{name}.json")]
    word = re.compile(rf"(?<![\w.@-])({'|'.join(map(re.escape, filter(None, (student, alias))))})"
                      r"(?![\w@-])")
    for path in [*root.glob("reports/*"), *root.glob("exports/*")]:
        if path.is_file() and word.search(path.read_text(encoding="utf-8", errors="replace")):
            found.append(path)
    return [path for path in found if path.exists() or path.is_symlink()]


def _without_lines(root, student):
    """Rewrite the tables in roster/ without the student's lines; returns what was done."""
    told = []
    for path in sorted(root.glob("roster/*.csv")):
        with open(path, newline="", encoding="utf-8", errors="surrogateescape") as file:
            rows = list(csv.reader(file))
        kept = [row for row in rows if student not in row]
        if len(kept) < len(rows):
            write_private(path, kept)
            told.append(f"{path.relative_to(root)}: {len(rows) - len(kept)} line")
    return told
