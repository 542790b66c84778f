"""Take what students handed in from a folder, a zip or an exchange into `submitted/`.

    submitted/<student>/<slug>/<slug>.ipynb, timestamp.txt     what is graded
    backups/<student>/<slug>/<time>/                           what it replaced
    intake/<slug>/<student>.json                               {"path", "when", "notes"}

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
import unicodedata
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from nbgrader.utils import parse_utc

from course_utils.grading.intake import MOST_BYTES
from course_utils.grading.roster import Roster, checked_id, directory, students

MOST_ALL_BYTES, MOST_FILES, MOST_DEPTH = 20 << 30, 100_000, 8
MOST_RATIO, RATIO_FROM = 200, 10 << 20  # packed more than so, from so many bytes on: a zip bomb
WRAPPERS = {"submitted", "submissions", "inbound", "downloaded"}  # folders around the students'
ALONE = {"timestamp.txt", "submission_secret.txt", ".DS_Store"}  # not told about
SKIPPED = {"__MACOSX", ".ipynb_checkpoints"}
EXCHANGE = re.compile(r"(?P<name>.+)\+(?P<slug>[^+]+)\+\d{4}-\d\d-\d\d[ T_-][^+]+(\+[^+]*)?")
MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_file(_(?P<file>.*))?")
CANVAS = re.compile(r"_((?P<late>late)_)?(?=(?P<number>\d+)_(?P<serial>\d+)_(?P<file>.+))", re.I)
ANONYMOUS = re.compile(r"((?P<late>LATE)_)?(?P<name>anon_[^_]+)_(?P<serial>\d+)_(?P<file>.+)")


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


@dataclass
class Entry:
    """A file of the source: where, how new, how to read it, or why it is refused."""

    parts: tuple
    when: float  # seconds since 1970
    refused: str = ""
    read: object = None  # returns (bytes, time); raises OSError, ValueError or a zip's errors
    serial: int = 0  # of a learning platform: larger is newer
    note: str = ""


def collect(course, slug, source, students=None, now=None):
    """Take the submissions of assignment `slug` from `source`; returns a list of Collected.

    students: ids to which it is restricted. now: time of collection (default: this moment).
    Raises ValueError when `source` as a whole cannot be read.
    """
    course, source, now = directory(course), Path(source), now or datetime.now(UTC)
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
    path = Path(directory(course).root) / "intake" / slug / f"{checked_id(student)}.json"
    return json.loads(path.read_text(encoding="utf-8"))["notes"] if path.is_file() else []


def _collect(course, slug, entries, source, wanted):
    roster = Roster(students(course))
    tops, said = _by_person(list(entries), slug, roster, source)
    people = {}
    for person, entries in tops.items():
        people.setdefault(_student(person, roster, tops), []).append((person, entries))
    told = [Collected("", None, None, said)] if said else []
    for student, submissions in sorted(people.items()):
        if wanted is None or student in wanted:
            one = Collected(student, None, None)
            try:
                _take(course, slug, one, submissions, roster)
            except OSError as error:
                one.notes.append(f"It could not be stored: {error}.")
            told.append(one)
    return told


# what there is

def _files(source):
    """An Entry for each file under a folder; symbolic links are not followed."""
    count = 0
    for folder, inner, names in os.walk(source):
        parts = Path(folder).relative_to(source).parts
        links = [name for name in inner if os.path.islink(os.path.join(folder, name))]
        inner[:] = sorted(set(inner) - SKIPPED) if len(parts) < MOST_DEPTH else []
        for name in sorted(names + links):
            count += 1
            if count > MOST_FILES:
                raise ValueError(f"expected at most {MOST_FILES} files, got more in {source}")
            about = os.lstat(os.path.join(folder, name))
            yield Entry((*parts, name), about.st_ctime, _unfit(about),
                        lambda path=(*parts, name): _read_beneath(source, path))


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
    """An Entry for each file of a zip; nothing is unpacked yet."""
    infos, total = archive.infolist(), 0
    if len(infos) > MOST_FILES:
        raise ValueError(f"expected at most {MOST_FILES} files in the zip, got {len(infos)}")
    for info in infos:
        name = info.filename
        if info.flag_bits & 0x800 == 0:  # not said to be UTF-8, but it mostly is
            with suppress(UnicodeError):
                name = name.encode("cp437").decode("utf-8")
        parts = PurePosixPath(name).parts
        if info.is_dir() or SKIPPED & set(parts):
            continue
        refused = _unfit_member(info, name, parts)
        total += 0 if refused else info.file_size
        if total > MOST_ALL_BYTES:
            refused = f"beyond the {MOST_ALL_BYTES >> 30} GB that are read of a zip"
        parts = tuple(part for part in parts if part not in ("/", ".."))
        yield Entry(parts or ("?",), datetime(*info.date_time[:3]).timestamp() if False else now,
                    refused, lambda info=info: (archive.read(info), now))


def _unfit_member(info, name, parts):
    mode = info.external_attr >> 16 if info.create_system == 3 else 0
    if name.startswith("/") or ".." in parts or "\\" in name or re.match(r"[A-Za-z]:", name):
        return "a path that leads out of the zip"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "a link" if stat.S_ISLNK(mode) else "no regular file"
    if info.flag_bits & 1:
        return "encrypted"
    if info.file_size > MOST_BYTES:
        return f"too large ({info.file_size >> 20} MB; {MOST_BYTES >> 20} are taken)"
    if info.file_size > RATIO_FROM and info.file_size > MOST_RATIO * info.compress_size:
        return "packed so tightly that it is taken for a zip bomb"
    return ""
