"""Whose a file is: by the layouts of folders, exchanges and platforms, and by the roster.

    <student>/<slug>.ipynb, <student>/<slug>/<slug>.ipynb, <student>_<slug>.ipynb
    <student>+<slug>+<time>(+<random>)/                        an exchange
    <name>_<number>_assignsubmission_file_...                  Moodle
    <name>_(LATE_)<number>_<serial>_...                        Canvas
"""

import hashlib
import re
from pathlib import Path

from course_utils.grading.roster import fold

WRAPPERS = {"submitted", "submissions", "inbound", "downloaded"}  # folders around the students'
EXCHANGE = re.compile(r"(?P<name>.+)\+(?P<slug>[^+]+)\+\d{4}-\d\d-\d\d[ T_-][^+]+(\+[^+]*)?")
MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_file(_(?P<file>.*))?", re.S)
CANVAS = re.compile(r"(?is)_(?P<late>late_)?(?=(?P<number>\d+)_(?P<serial>\d{1,18})_(?P<file>.+))")
ANONYMOUS = re.compile(
    r"(?P<late>LATE_)?(?P<name>anon_[^_]+)_(?P<serial>\d{1,18})_(?P<file>.+)", re.S)


def unwrapped(entries, names, roster):
    """The entries without folders around all of them that are nobody's.

    names: of such folders, besides WRAPPERS.
    """
    wrappers = names | WRAPPERS
    while entries and len(top := {entry.parts[0] for entry in entries}) == 1 and top <= wrappers:
        if top & set(roster.students) or any(len(entry.parts) == 1 for entry in entries):
            break
        for entry in entries:
            entry.parts = entry.parts[1:]
    return entries


def place(entry, slug, roster):
    """Set whose the file is; False where it belongs to another assignment."""
    first, *rest = entry.parts
    entry.file = entry.parts[-1]
    if rest and (found := EXCHANGE.fullmatch(first)):
        entry.who, entry.group = ("exchange", found["name"], ""), first
        return found["slug"] == slug
    if found := MOODLE.fullmatch(first):
        entry.who = ("moodle", found["name"], found["number"])
        entry.file = rest[-1] if rest else found["file"] or ""
    elif not rest and (found := _canvas(first, roster)):
        entry.who, entry.file, entry.serial = found[0], found[1]["file"], int(found[1]["serial"])
        entry.note = "Canvas marks it as late." if found[1]["late"] else ""
    elif rest:
        entry.who = ("plain", first, "")
        return len(rest) == 1 or slug in (rest[0], Path(entry.file).stem)
    elif name := _owner_of_flat(first, slug, roster):
        entry.who, left = ("plain", name, ""), first.removeprefix(name).lstrip("_-+ ")
        entry.file = f"{slug}.ipynb" if left == ".ipynb" else left
    return True


def _canvas(name, roster):
    """((layout, name, number), match) of a file in Canvas's zip, or None.

    A student chooses the last part of it, perhaps the first: where several numbers in it are
    students', nobody is named.
    """
    if found := ANONYMOUS.fullmatch(name):
        return ("canvas", found["name"], ""), found
    found = list(CANVAS.finditer(name))
    known = [one for one in found if one["number"] in roster.by_lms]
    if len(known) > 1:
        return ("canvas", name[:known[-1].end()], ""), known[0]
    for one in known or found[:1]:
        return ("canvas", name[:one.start()], one["number"]), one
    return None


def _owner_of_flat(file, slug, roster):
    """The student whose id begins the name of a file; else what is before the slug."""
    known = [one for one in roster.students if re.match(re.escape(one) + r"(?![^\W_])", file)]
    if known:
        return max(known, key=len)
    name = re.sub(rf"[ _+-]*{re.escape(slug)}$", "", Path(file).stem)
    return name if is_notebook(file) else ""


def identified(people, roster):
    """Who people are: {(layout, name, number): (student's id, a note or "")}."""
    found, names = {who: _known(who, roster) for who in people}, {}
    claimed = [student for who, (student, _) in found.items() if who[0] in ("moodle", "canvas")]
    for who, (student, sure) in found.items():
        if student is None or (not sure and claimed.count(student) > 1):
            why = "is not in the roster" if student is None else "is one of several of this name"
            student = _own_id(who)
            names[who] = student, f"{who[1]!a} {why}; kept under the id {student}."
        elif who[0] == "canvas" and not roster.named(student, who[1]) and student != who[1]:
            names[who] = student, f"Canvas calls the student {who[1]!a}."
        else:
            names[who] = student, ""
    return names


def _known(who, roster):
    """(id or None, whether it is sure). A platform's names may be chosen, or borne by several.

    Canvas's numbers are a student's, Moodle's change with the assignment and so need the name;
    where Moodle hides names it says "Participant".
    """
    layout, name, number = who
    holders = roster.by_lms.get(number, ())
    if len(holders) == 1 and (layout == "canvas" or roster.named(holders[0], name)
                              or fold(name) in ("participant", f"participant{number}")):
        return holders[0], True
    return roster.find(name), layout in ("plain", "exchange")


def _own_id(who):
    """An id for somebody who is not in the roster, like nobody else's."""
    raw = "-".join(filter(None, who[1:]))
    clean = re.sub(r"[^\w@.~=-]+", "-", raw).strip(".-")[:60]
    digest = hashlib.sha256(repr(who).encode()).hexdigest()
    return clean if clean == raw else f"{clean or 'student'}-{digest[:6]}"


def is_notebook(file):
    """Whether its name says that a file is a notebook."""
    return file.casefold().endswith(".ipynb")
