"""Take what students handed in from a folder, a zip or an exchange into `submitted/`.

    submitted/<student>/<slug>/<slug>.ipynb, timestamp.txt     what is graded
    backups/<student>/<slug>/<time>/                           what it replaced
    intake/<slug>/<student>.json                               what was noted: Collected.as_dict

Layouts: `<student>/<slug>.ipynb`, `<student>/<slug>/<slug>.ipynb`, `<student>_<slug>.ipynb`, those
of Moodle's and Canvas's zips, and an exchange's `student+slug+time(+random)/`. Only regular files
with one name are read. The time is the server's: when a file last changed (ctime), in an exchange
also its folder; for a zip, the time of collection.
"""

import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from nbgrader.utils import parse_utc

from course_utils.grading.intake import MOST_BYTES
from course_utils.grading.roster import Roster, checked_id, fold, opened
from course_utils.grading.roster import students as enrolled

MOST_ALL_BYTES, MOST_FILES, MOST_DEPTH, MOST_NOTES = 20 << 30, 100_000, 8, 10
MOST_RATIO, RATIO_FROM = 200, 10 << 20  # packed more than so, from so many bytes on: a zip bomb
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # of the others, zipfile may unpack too much
UNREADABLE = (OSError, ValueError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error)
WRAPPERS = {"submitted", "submissions", "inbound", "downloaded"}  # folders around the students'
LEADS_OUT = "a path that leads out of the zip"
ORDINARY = {"timestamp.txt", "submission_secret.txt", ".DS_Store"}  # not worth a note
SKIPPED = {"__MACOSX", ".ipynb_checkpoints"}
EXCHANGE = re.compile(r"(?P<name>.+)\+(?P<slug>[^+]+)\+\d{4}-\d\d-\d\d[ T_-][^+]+(\+[^+]*)?")
MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_file(_(?P<file>.*))?", re.S)
CANVAS = re.compile(r"(?is)_(?P<late>late_)?(?=(?P<number>\d+)_(?P<serial>\d+)_(?P<file>.+))")
ANONYMOUS = re.compile(r"(?P<late>LATE_)?(?P<name>anon_[^_]+)_(?P<serial>\d+)_(?P<file>.+)", re.S)


@dataclass
class Collected:
    """What became of one student's submission.

    student: the id; "" for notes about the source as a whole.
    path: of the notebook now in submitted/; None where nothing usable was handed in.
    when: its time of submission, UTC. notes: whatever was unusual, in sentences.
    """

    student: str
    path: Path | None
    when: datetime | None
    notes: list = field(default_factory=list)

    def as_dict(self):
        """Plain data, for --json and intake/."""
        return {"student": self.student, "path": self.path and str(self.path),
                "when": self.when and self.when.isoformat(), "notes": self.notes}


@dataclass
class Entry:
    """A file of the source: how to read it, or why it is refused, and whose it is."""

    parts: tuple
    newer: float  # larger than that of older files of the same source
    refused: str = ""
    read: object = None  # gives (content, seconds since 1970) or raises one of UNREADABLE
    owner: int = -1  # its account
    who: tuple = ()  # (layout, name, number); empty: nobody's
    group: str = ""  # the files that were handed in together
    file: str = ""  # what the student called it
    serial: int = 0  # of a learning platform: larger is newer
    note: str = ""


def collect(course, slug, source, students=None, now=None):
    """Take the submissions of assignment `slug` from `source`; returns a list of Collected.

    students: ids to which it is restricted. now: time of collection (default: this moment).
    Raises ValueError when `source` as a whole cannot be read.
    """
    course, source, now = opened(course), Path(source), now or datetime.now(UTC)
    now = now.replace(tzinfo=UTC) if now.tzinfo is None else now
    if source.is_dir():
        source = source / "inbound" if (source / "inbound").is_dir() else source
        return _collect(course, slug, _files(source), source, students)
    try:
        with zipfile.ZipFile(source) as archive:
            return _collect(course, slug, _members(archive, now.timestamp()), source, students)
    except (zipfile.BadZipFile, UnicodeError, FileNotFoundError) as error:
        raise ValueError(f"expected a folder or a zip of submissions, got {source}: {error}; if it "
                         "is an archive, unpack it and give the folder") from error


def notes(course, slug, student):
    """What collecting noted about a student's submission, in sentences."""
    path = opened(course).root / "intake" / slug / f"{checked_id(student)}.json"
    return json.loads(path.read_text(encoding="utf-8"))["notes"] if path.is_file() else []


def _collect(course, slug, entries, source, wanted):
    roster, people = Roster(enrolled(course)), {}
    entries = _unwrapped(list(entries), {slug, source.name, source.stem} | WRAPPERS, roster)
    placed = [entry for entry in entries if _place(entry, slug, roster)]
    said = [_note(entry, entry.refused or "not a notebook of a student")
            for entry in placed if not entry.who]
    told = [Collected("", None, None, _some(said))] if said else []
    names = _names({entry.who for entry in placed if entry.who}, roster)
    for entry in placed:
        if entry.who:
            people.setdefault(names[entry.who], []).append(entry)
    for (student, note), theirs in sorted(people.items()):
        if wanted is None or student in wanted:
            told.append(Collected(student, None, None, [note] if note else []))
            try:
                _take(course, slug, told[-1], theirs, roster)
            except (OSError, ValueError) as error:
                told[-1].notes.append(f"It could not be stored: {error}.")
    return told


def _note(entry, why):
    """A sentence about a file."""
    shown = "".join(one if one.isprintable() else "?" for one in "/".join(entry.parts))
    return f"Not taken: {shown[-200:]}, {why}."


# what there is

def _files(source):
    """An Entry for each file under a folder; symbolic links are not followed."""
    count, errors = 0, []
    for folder, inner, names in os.walk(source, onerror=errors.append):
        parts = Path(folder).relative_to(source).parts
        links = [name for name in inner if os.path.islink(os.path.join(folder, name))]
        inner[:] = sorted(set(inner) - SKIPPED) if len(parts) < MOST_DEPTH else []
        for name in sorted(names + links):
            count += 1
            if count > MOST_FILES:
                raise ValueError(f"expected at most {MOST_FILES} files, got more in {source}")
            try:
                about = os.lstat(os.path.join(folder, name))
            except OSError as error:
                errors.append(error)
                continue
            yield Entry((*parts, name), about.st_ctime, _unfit(about),
                        lambda path=(*parts, name): _read_beneath(source, path), about.st_uid)
    for error in errors:
        yield Entry(Path(error.filename).relative_to(source).parts or (source.name,), 0.0,
                    f"it cannot be opened ({error.strerror})")


def _unfit(about):
    """Why a file is not taken, or ""."""
    if not stat.S_ISREG(about.st_mode):
        return "a link" if stat.S_ISLNK(about.st_mode) else "no regular file"
    if about.st_nlink > 1:
        return "a file with a second name (a hard link)"
    size = about.st_size
    return f"too large ({size >> 20} MB; {MOST_BYTES >> 20} are taken)" if size > MOST_BYTES else ""


def _read_beneath(source, parts):
    """(content, time) of a file, opened folder by folder so that no link is followed."""
    at = os.open(source, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = inner
        file = os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
        with open(file, "rb") as file:
            about = os.fstat(file.fileno())
            if why := _unfit(about):
                raise ValueError(why)
            when = about.st_ctime
            if len(parts) > 1 and EXCHANGE.fullmatch(parts[-2]):  # moved there when it was late?
                when = max(when, os.fstat(at).st_ctime)
            return file.read(MOST_BYTES), when
    finally:
        os.close(at)


def _members(archive, now):
    """An Entry for each file of a zip, in which nothing is unpacked yet."""
    infos, total = archive.infolist(), 0
    if len(infos) > MOST_FILES:
        raise ValueError(f"expected at most {MOST_FILES} files in the zip, got {len(infos)}")
    for info in infos:
        name = info.filename
        if not info.flag_bits & 0x800:  # not declared as UTF-8, which it mostly is
            with suppress(UnicodeError):
                name = name.encode("cp437").decode("utf-8")
        parts = PurePosixPath(name).parts
        if info.is_dir() or SKIPPED & set(parts):
            continue
        refused = _unfit_member(info, name, parts)
        total += 0 if refused else info.file_size
        if total > MOST_ALL_BYTES:
            refused = f"beyond the {MOST_ALL_BYTES >> 30} GB that are read of a zip"
        yield Entry(parts, float("".join(f"{number:02}" for number in info.date_time)), refused,
                    lambda info=info: (_read_member(archive, info), now))


def _read_member(archive, info):
    with archive.open(info) as file:
        return file.read(MOST_BYTES)  # a bound, whatever size the zip declares


def _unfit_member(info, name, parts):
    mode = info.external_attr >> 16 if info.create_system == 3 else 0
    if name.startswith("/") or ".." in parts or "\\" in name or re.match(r"[A-Za-z]:", name):
        return LEADS_OUT
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "a link" if stat.S_ISLNK(mode) else "no regular file"
    if info.flag_bits & 1 or info.compress_type not in PACKED:
        return "encrypted or packed by an unusual method"
    if info.file_size > MOST_BYTES:
        return f"too large ({info.file_size >> 20} MB; {MOST_BYTES >> 20} are taken)"
    if info.file_size > RATIO_FROM and info.file_size > MOST_RATIO * info.compress_size:
        return "packed so tightly that it is taken for a zip bomb"
    return ""


# whose it is

def _unwrapped(entries, wrappers, roster):
    """The entries without folders around all of them that are nobody's."""
    while entries and len(top := {entry.parts[0] for entry in entries}) == 1 and top <= wrappers:
        if top & set(roster.students) or any(len(entry.parts) == 1 for entry in entries):
            break
        for entry in entries:
            entry.parts = entry.parts[1:]
    return entries


def _place(entry, slug, roster):
    """Set whose the file is; False where it belongs to another assignment."""
    first, *rest = entry.parts
    entry.file = entry.parts[-1]
    if entry.refused == LEADS_OUT:
        return True
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
    return name if _is_notebook(file) else ""


def _names(people, roster):
    """{(layout, name, number): (student's id, a note or "")}."""
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
    return clean if clean == raw else f"{clean or 'student'}-{_digest(repr(who).encode())[:6]}"


def _digest(data):
    return hashlib.sha256(data).hexdigest()


# what is taken

def _take(course, slug, one, entries, roster):
    """Store the newest submission of a student of which a notebook can be read."""
    groups = {}
    for entry in entries:
        _check_owner(entry, one.student, roster)
        groups.setdefault((entry.who, entry.group), []).append(entry)
    if len(groups) > 1:
        one.notes.append(f"Handed in {len(groups)} times; the newest that can be read counts.")
    for group in sorted(groups.values(), key=lambda own: -max(entry.newer for entry in own)):
        for entry in _notebooks(group, slug, one.notes):
            try:
                data, when = entry.read()
            except UNREADABLE as error:
                one.notes.append(_note(entry, f"it cannot be read ({error})"))
                continue
            one.notes += [note for note in (entry.note,) if note]
            if _plain_name(entry.file) != slug:
                one.notes.append(f"The notebook is called {entry.file!a}; it was taken as "
                                 f"{slug}.ipynb.")
            return _store(course, slug, one, data, datetime.fromtimestamp(when, UTC))
    one.notes.append("Nothing usable was handed in.")
    if not (course.root / "intake" / slug / f"{one.student}.json").exists():
        _write_notes(course, slug, one)


def _check_owner(entry, student, roster):
    """Refuse what a student left in the exchange under another one's name."""
    owner = _account(entry.owner) if entry.who[0] == "exchange" else student
    if owner != student and owner in roster.students:
        entry.refused = f"handed in by the account {owner!a} as if it were {student}'s"


def _account(number):
    import pwd  # not there on Windows, nor are exchanges

    with suppress(KeyError):
        return pwd.getpwuid(number).pw_name


def _plain_name(file):
    """The name without ".ipynb" and Canvas's "-1" for what was handed in again."""
    return re.sub(r"(?i)(-\d+)?\.ipynb$", "", file)


def _is_notebook(file):
    return file.casefold().endswith(".ipynb")


def _notebooks(entries, slug, notes):
    """The notebooks of a submission, the one to take first; the rest is noted."""
    fit = [entry for entry in entries if _is_notebook(entry.file) and not entry.refused]
    fit.sort(key=lambda entry: (_plain_name(entry.file) == slug, entry.serial, entry.newer),
             reverse=True)
    rest = [_note(entry, entry.refused or "not a notebook") for entry in entries
            if entry.refused or (not _is_notebook(entry.file) and entry.file not in ORDINARY)]
    rest += [_note(entry, f"a second notebook beside {fit[0].file!a}") for entry in fit[1:]]
    notes += _some(rest)
    return fit


def _some(notes):
    more = [f"{len(notes) - MOST_NOTES} more were not taken."] if len(notes) > MOST_NOTES else []
    return notes[:MOST_NOTES] + more


def _store(course, slug, one, data, when):
    """Put a notebook into submitted/, unless what is there is the same or newer."""
    target = course.folder("submitted", checked_id(one.student), slug)
    one.path, one.when = target / f"{slug}.ipynb", when
    before = _time_of(target) if target.exists() else None
    if before and one.path.is_file() and _digest(one.path.read_bytes()) == _digest(data):
        one.when = before
        return one.notes.append(f"The same as what was handed in at {before:%Y-%m-%d %H:%M} UTC.")
    if before and before >= when:
        one.when = before
        return one.notes.append("Not newer than what is here, which was kept.")
    target.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(dir=target.parent, prefix=".new-"))
    new.chmod(0o755)
    (new / one.path.name).write_bytes(data)
    (new / "timestamp.txt").write_text(f"{when:%Y-%m-%d %H:%M:%S.%f} UTC", encoding="utf-8")
    if before:
        one.notes.append(f"What was handed in at {before:%Y-%m-%d %H:%M} UTC is in backups/ now.")
        _keep(target, course.root / "backups" / one.student / slug, before)
    os.rename(new, target)
    _write_notes(course, slug, one)


def _time_of(target):
    """When the submission in `target` was handed in."""
    with suppress(OSError, ValueError, OverflowError):
        text = (target / "timestamp.txt").read_text(encoding="utf-8").strip()
        return parse_utc(text).replace(tzinfo=UTC)
    return datetime.fromtimestamp(target.stat().st_ctime, UTC)


def _keep(target, folder, when):
    folder.mkdir(parents=True, exist_ok=True)
    number = sum(1 for _ in folder.iterdir())
    shutil.move(target, folder / f"{number:03}-{when:%Y-%m-%dT%H%M%SZ}")


def _write_notes(course, slug, one):
    path = course.root / "intake" / slug / f"{one.student}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(one.as_dict(), indent=1), encoding="utf-8")
