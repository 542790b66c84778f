"""Take what students handed in from a folder, a zip or an exchange into `submitted/`.

    submitted/<student>/<slug>/<slug>.ipynb, timestamp.txt     what is graded
    backups/<student>/<slug>/<time>/                           what it replaced
    intake/<slug>/<student>.json                               what was noted: Collected.as_dict

`sources` tells what is read and when it was handed in, `layouts` whose it is.
"""

import json
import os
import re
import shutil
import tempfile
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.utils import parse_utc

from course_utils.grading.layouts import identified, is_notebook, place, unwrapped
from course_utils.grading.roster import Roster, checked_id, opened
from course_utils.grading.roster import students as enrolled
from course_utils.grading.sources import LEADS_OUT, UNREADABLE, files, members

MOST_NOTES = 10
ORDINARY = {"timestamp.txt", "submission_secret.txt", ".DS_Store"}  # not worth a note


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


def collect(course, slug, source, students=None, now=None):
    """Take the submissions of assignment `slug` from `source`; returns a list of Collected.

    students: ids to which it is restricted. now: time of collection (default: this moment).
    Raises ValueError when `source` as a whole cannot be read.
    """
    course, source, now = opened(course), Path(source), now or datetime.now(UTC)
    now = now.replace(tzinfo=UTC) if now.tzinfo is None else now
    if source.is_dir():
        source = source / "inbound" if (source / "inbound").is_dir() else source
        return _collect(course, slug, files(source), source, students)
    try:
        with zipfile.ZipFile(source) as archive:
            return _collect(course, slug, members(archive, now.timestamp()), source, students)
    except (zipfile.BadZipFile, UnicodeError, FileNotFoundError) as error:
        raise ValueError(f"expected a folder or a zip of submissions, got {source}: {error}; if it "
                         "is an archive, unpack it and give the folder") from error


def notes(course, slug, student):
    """What collecting noted about a student's submission, in sentences."""
    path = opened(course).root / "intake" / slug / f"{checked_id(student)}.json"
    return json.loads(path.read_text(encoding="utf-8"))["notes"] if path.is_file() else []


def _collect(course, slug, entries, source, wanted):
    roster, people = Roster(enrolled(course)), {}
    entries = unwrapped(list(entries), {slug, source.name, source.stem}, roster)
    placed = [one for one in entries if one.refused == LEADS_OUT or place(one, slug, roster)]
    said = [_note(entry, entry.refused or "not a notebook of a student")
            for entry in placed if not entry.who]
    told = [Collected("", None, None, _some(said))] if said else []
    names = identified({entry.who for entry in placed if entry.who}, roster)
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


def _notebooks(entries, slug, notes):
    """The notebooks of a submission, the one to take first; the rest is noted."""
    fit = [entry for entry in entries if is_notebook(entry.file) and not entry.refused]
    fit.sort(key=lambda entry: (_plain_name(entry.file) == slug, entry.serial, entry.newer),
             reverse=True)
    rest = [_note(entry, entry.refused or "not a notebook") for entry in entries
            if entry.refused or (not is_notebook(entry.file) and entry.file not in ORDINARY)]
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
    if before and one.path.is_file() and one.path.read_bytes() == data:
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
    with suppress(Exception):  # whatever a text does to the reader of dates
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
