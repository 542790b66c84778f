"""What there is to collect: the files of a folder and the members of a zip, none of them trusted.

A file is looked at when it is listed and again when it is read; of a zip nothing is unpacked
before. Only regular files with one name are read. The time is the server's: when a file last
changed (ctime), in an exchange also its folder; for a zip, the time of collection.
"""

import os
import re
import stat
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from course_utils.grading.intake import MOST_BYTES
from course_utils.grading.layouts import EXCHANGE

MOST_ALL_BYTES, MOST_FILES, MOST_DEPTH = 20 << 30, 100_000, 8
MOST_RATIO, RATIO_FROM = 200, 10 << 20  # packed more than so, from so many bytes on: a zip bomb
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # of the others, zipfile may unpack too much
UNREADABLE = (OSError, ValueError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error)
LEADS_OUT = "a path that leads out of the zip"
SKIPPED = {"__MACOSX", ".ipynb_checkpoints"}


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


def files(source):
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


def members(archive, now):
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
        if info.is_dir() or not parts or SKIPPED & set(parts):
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
