"""The students of a course; nbgrader's gradebook is the roster.

    student    {"id", "first_name", "last_name", "email", "lms_user_id"}: text, "" where unknown

Pseudonyms are in `<course>/roster/pseudonyms.csv` (student, pseudonym), which its owner alone can
read. A `course` is its folder, or a gradebook.Course.
"""

import csv
import io
import os
import re
import secrets
import tempfile
import unicodedata
from difflib import get_close_matches
from pathlib import Path

from course_utils.grading.gradebook import Course

FIELDS = ("id", "first_name", "last_name", "email", "lms_user_id")
MOST_LETTERS = 128  # of a name, as in nbgrader's gradebook
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # no two look alike
# field: the headers that may hold it, the best one first
CANVAS = {"id": ("sis login id", "sis user id", "id"), "name": ("student",), "lms_user_id": ("id",)}
PLAIN = {
    "id": ("id", "student id", "username", "login", "id number", "email", "email address"),
    "name": ("name", "full name", "student name", "student"),
    "first_name": ("first name", "firstname", "given name", "vorname", "prénom", "nombre"),
    "last_name": ("last name", "lastname", "surname", "nachname", "nom", "apellidos"),
    "email": ("email", "email address", "e mail", "mail", "courriel"),
    "lms_user_id": ("lms user id", "lms id", "canvas user id", "identifier"),
}


def opened(course):
    """The Course of a folder, or the Course itself."""
    return course if isinstance(course, Course) else Course(course)


def gradebook(course):
    """nbgrader's Gradebook of the course, to be used in a `with`."""
    return opened(course).book()


def students(course):
    """All students, by last and first name."""
    with gradebook(course) as book:
        return [{field: getattr(one, field) or "" for field in FIELDS} for one in book.students]


def checked_id(student):
    """The id itself; ValueError where it cannot name a folder of nbgrader's."""
    if not re.fullmatch(r"[\w@+~=-][\w@.+~=-]{0,79}", student):
        raise ValueError("expected an id of at most 80 letters, digits and @.+~=-, got "
                         f"{student[:200]!r}: take the column of login names or numbers as the id")
    return student


# who is who

def fold(name):
    """A name's letters and digits alone, without accents and case."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


class Roster:
    """Finds students by what learning platforms and people call them."""

    def __init__(self, students):
        self.students = {one["id"]: one for one in students}
        self.by_lms, self.by_name, self.by_other = {}, {}, {}
        for student, one in self.students.items():
            for name in {fold(one["first_name"] + one["last_name"]),
                         fold(one["last_name"] + one["first_name"])} - {""}:
                self.by_name.setdefault(name, []).append(student)
            for other in {student.casefold(), one["email"].casefold()} - {""}:
                self.by_other.setdefault(other, []).append(student)
            if one["lms_user_id"]:
                self.by_lms.setdefault(one["lms_user_id"], []).append(student)

    def find(self, text):
        """The id of the one student with this id, e-mail, LMS id or name; else None."""
        if text in self.students:
            return text
        for table, key in ((self.by_other, text.casefold()), (self.by_lms, text),
                           (self.by_name, fold(text))):
            if len(found := table.get(key, ())) == 1:
                return found[0]
        return None

    def same(self, one):
        """The id of the student that a line of a csv is about, or None.

        By id, e-mail or LMS id; the last only where no e-mail speaks against it, since Moodle
        gives its numbers anew for each assignment.
        """
        for table, key in ((self.by_other, one["id"].casefold()), (self.by_lms, one["lms_user_id"]),
                           (self.by_other, one["email"].casefold())):
            if len(found := table.get(key, ())) == 1:
                mail = self.students[found[0]]["email"].casefold()
                if table is self.by_other or not mail or one["email"].casefold() in ("", mail):
                    return found[0]
        return None

    def named(self, student, name):
        """Whether `name` is the student's, in either order."""
        return student in self.by_name.get(fold(name), ())

    def nearest(self, text):
        """", perhaps ...?" with up to three ids whose id or name resembles `text`; else ""."""
        names = {fold(one): one for one in self.students}
        names |= {name: ids[0] for name, ids in self.by_name.items()}
        close = [names[one] for one in get_close_matches(fold(text), names, 6, 0.5)]
        return f", perhaps {', '.join(list(dict.fromkeys(close))[:3])}?" if close else ""


# files

def read(path):
    """The students of a csv: Canvas's gradebook, Moodle's participants, or id, name, e-mail.

    Raises ValueError for a file without an id column, or a line without an id or with a used one.
    """
    rows = _rows(Path(path))
    heads = [re.sub(r"[\s_-]+", " ", head).strip().casefold() for head in rows.pop(0)[1]]
    canvas = {"student", "id", "section"} <= set(heads)
    if canvas:
        rows = [(line, row) for line, row in rows
                if row[heads.index("id")].strip() and row[0].strip() != "Student, Test"]
    columns = _columns(CANVAS if canvas else PLAIN, heads, rows)
    if "id" not in columns:
        raise ValueError(f"{path}: expected a header with one of {', '.join(PLAIN['id'])}, got "
                         f"{', '.join(heads)[:300]}: is the first line the header?")
    found = {}
    for line, row in rows:
        try:
            one = _student({field: row[column].strip() for field, column in columns.items()})
            if one["id"] in found:
                raise ValueError(f"the id {one['id']!r} is in an earlier line too")
        except ValueError as error:
            raise ValueError(f"{path}, line {line}: {error}") from error
        found[one["id"]] = one
    return list(found.values())


def _rows(path):
    """(line number, cells) of each line that is not empty; all as long as the header."""
    data = path.read_bytes()
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeError:
        text = data.decode("cp1252", errors="replace")  # what Excel writes without being asked
    header = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count))
    rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    if not rows:
        raise ValueError(f"{path}: expected a header and a line for each student, got nothing")
    width = len(rows[0][1])
    return [(line, (row + [""] * width)[:width]) for line, row in rows]


def _columns(aliases, heads, rows):
    """{field: number of its column}; of several the first that every row fills."""
    columns = {}
    for field, names in aliases.items():
        there = [heads.index(name) for name in names if name in heads]
        full = [column for column in there if all(row[column].strip() for _, row in rows)]
        if there:
            columns[field] = (full or there)[0]
    return columns


def _student(cells):
    name = cells.pop("name", "")
    last, comma, first = (part.strip() for part in name.partition(","))
    if not comma:
        first, _, last = name.rpartition(" ")
    one = {"first_name": first, "last_name": last, **{k: v for k, v in cells.items() if v}}
    one = {field: one.get(field, "")[:MOST_LETTERS if field != "id" else None] for field in FIELDS}
    if number := re.fullmatch(r"\D+ (\d+)", one["lms_user_id"]):  # Moodle: "Participant 123"
        one["lms_user_id"] = number[1]
    if not one["id"]:
        raise ValueError("expected an id, got an empty cell")
    checked_id(one["id"])
    return one


def import_roster(course, path):
    """Take the students of a csv into the gradebook.

    A student known by another id is recognised by LMS id or e-mail; nobody is deleted and nothing
    is emptied. Returns {"added", "changed", "same", "absent"}: ids; absent from the file.
    """
    told = {"added": [], "changed": [], "same": [], "absent": []}
    new, known = read(path), Roster(students(course))
    with gradebook(course) as book:
        for one in new:
            given = {field: text for field, text in one.items() if text and field != "id"}
            student = one["id"] if one["id"] in known.students else known.same(one)
            before = known.students.get(student)
            same = before and all(before[field] == text for field, text in given.items())
            told["same" if same else "changed" if before else "added"].append(student or one["id"])
            if not same:
                book.update_or_create_student(student or one["id"], **given)
    seen = set(told["changed"] + told["same"])
    told["absent"] = [student for student in known.students if student not in seen]
    return told


# pseudonyms

def anonymise(course):
    """Give every student a random pseudonym that stays; returns {student: pseudonym}."""
    table = pseudonyms(course)
    for one in students(course):
        while one["id"] not in table:
            new = "s-" + "".join(secrets.choice(LETTERS) for _ in range(6))
            if new not in table.values():
                table[one["id"]] = new
    path = opened(course).root / "roster" / "pseudonyms.csv"
    write_private(path, [("student", "pseudonym"), *table.items()])
    return table


def pseudonym(course, student):
    """The student's pseudonym; ValueError where there is none."""
    if student not in (table := pseudonyms(course)):
        raise ValueError(f"expected a student with a pseudonym, got {student!r}: "
                         "run `course roster anonymise` first")
    return table[student]


def resolve(course, name):
    """The student behind a pseudonym; ValueError where there is none."""
    for student, given in pseudonyms(course).items():
        if given == name.strip():
            return student
    raise ValueError(f"expected a pseudonym of this course, got {name!r}: look for it in "
                     "roster/pseudonyms.csv")


def pseudonyms(course):
    path = opened(course).root / "roster" / "pseudonyms.csv"
    if not path.is_file():
        return {}
    with open(path, newline="", encoding="utf-8") as file:
        return {row["student"]: row["pseudonym"] for row in csv.DictReader(file)}


def write_private(path, rows):
    """Replace a csv, at once, by one that only its owner reads."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")  # 0600
    with open(descriptor, "w", newline="", encoding="utf-8", errors="surrogateescape") as file:
        csv.writer(file).writerows(rows)
    os.replace(temporary, path)
