"""Taking submissions from folders and zips, hostile ones among them."""

import io
import json
import os
import stat
import struct
import time
import zipfile
from datetime import UTC, timedelta

import pytest
from nbgrader.coursedir import CourseDirectory

from course_utils.grading import sources
from course_utils.grading.collect import collect, notes
from tests.handed_in import (
    NOW,
    SLUG,
    new_course,  # noqa: F401 (a fixture)
    new_source,  # noqa: F401 (a fixture)
    pattern,  # noqa: F401 (a fixture)
    put,
    stored,
    taken,
    zipped,
)


def test_the_time_is_as_nbgrader_reads_it(course, source):
    path = put(source / "ada" / f"{SLUG}.ipynb")
    when = taken(course, source)["ada"].when
    assert abs(when.timestamp() - path.stat().st_ctime) < 1e-3
    read = CourseDirectory(root=str(course)).get_existing_timestamp(
        str(course / "submitted" / "ada" / SLUG))
    assert read.replace(tzinfo=UTC) == when


def test_only_the_students_asked_for(course, source):
    put(source / "ada" / f"{SLUG}.ipynb")
    put(source / "bob" / f"{SLUG}.ipynb")
    assert set(taken(course, source, students=["bob"])) == {"bob"}
    assert not (course / "submitted" / "ada").exists()


# several times

def test_collecting_again_changes_nothing(course, tmp_path):
    path = zipped(tmp_path / "a.zip", {f"ada/{SLUG}.ipynb": b"a"})
    first = taken(course, path, now=NOW)["ada"]
    again = taken(course, path, now=NOW + timedelta(days=3))["ada"]
    assert (again.path, again.when) == (first.path, NOW)
    assert "The same as" in again.notes[0]
    assert not (course / "backups").exists()


def test_a_newer_one_replaces_and_the_old_one_is_kept(course, tmp_path):
    for day, data in enumerate((b"1", b"2", b"3")):
        path = zipped(tmp_path / "a.zip", {f"ada/{SLUG}.ipynb": data})
        taken(course, path, now=NOW + timedelta(days=day))
    assert stored(course, "ada") == b"3"
    kept = sorted((course / "backups" / "ada" / SLUG).iterdir())
    assert [(one / f"{SLUG}.ipynb").read_bytes() for one in kept] == [b"1", b"2"]
    assert list((course / "submitted" / "ada").iterdir()) == [course / "submitted" / "ada" / SLUG]


def test_an_older_one_does_not_replace(course, tmp_path):
    taken(course, zipped(tmp_path / "a.zip", {f"ada/{SLUG}.ipynb": b"new"}), now=NOW)
    path = zipped(tmp_path / "b.zip", {f"ada/{SLUG}.ipynb": b"old"})
    found = taken(course, path, now=NOW - timedelta(days=1))
    assert stored(course, "ada") == b"new"
    assert found["ada"].when == NOW
    assert "Not newer" in found["ada"].notes[0]


def test_notes_are_kept_for_feedback_and_report(course, source):
    put(source / "ada" / "mine.ipynb")
    put(source / "bob" / "answers.pdf")
    found = taken(course, source)
    assert notes(course, SLUG, "ada") == found["ada"].notes != []
    kept = json.loads((course / "intake" / SLUG / "ada.json").read_text())
    assert kept == found["ada"].as_dict()
    assert notes(course, SLUG, "bob") == found["bob"].notes
    assert notes(course, SLUG, "eva.1") == []
    taken(course, source)  # the same again: the notes about it stay
    assert notes(course, SLUG, "ada") == found["ada"].notes


# which notebook

def test_of_two_notebooks_the_one_with_the_right_name(course, source):
    put(source / "ada" / f"{SLUG}.ipynb", b"right")
    time.sleep(0.02)
    put(source / "ada" / "newer.ipynb", b"newer")
    found = taken(course, source)
    assert stored(course, "ada") == b"right"
    assert "newer.ipynb, a second notebook" in found["ada"].notes[0]


def test_of_two_others_the_newest(course, source):
    put(source / "ada" / "a.ipynb", b"older")
    time.sleep(0.02)
    put(source / "ada" / "z.ipynb", b"newer")
    assert len(taken(course, source)["ada"].notes) == 2
    assert stored(course, "ada") == b"newer"


def test_none(course, source):
    put(source / "ada" / "report.pdf")
    put(source / "bob" / f"{SLUG}.ipynb", b"b")
    found = taken(course, source)
    assert found["ada"].path is found["ada"].when is None
    assert found["ada"].notes == ["Not taken: ada/report.pdf, not a notebook.",
                                  "Nothing usable was handed in."]
    assert stored(course, "bob") == b"b"


def test_a_heap_of_files_is_told_in_few_notes(course, source):
    for number in range(50):
        put(source / "ada" / f"{number}.txt")
    put(source / "ada" / "TRAINING.IPYNB", b"a")
    found = taken(course, source)["ada"]
    assert found.path
    assert len(found.notes) == 12
    assert "40 more were not taken." in found.notes


def test_a_folder_that_cannot_be_written_stops_nobody_else(course, source):
    put(source / "ada" / f"{SLUG}.ipynb")
    put(source / "bob" / f"{SLUG}.ipynb", b"b")
    put(course / "submitted" / "ada", b"a file where a folder should be")
    found = taken(course, source)
    assert "could not be stored" in found["ada"].notes[0]
    assert stored(course, "bob") == b"b"


# hostile files

def hostile(kind, path, tmp_path):
    """Make a file at `path` that must not be read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    secret = put(tmp_path / "secret.ipynb", b"secret")
    if kind == "symlink":
        path.symlink_to(secret)
    elif kind == "hard link":
        os.link(secret, path)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "large":
        with open(path, "wb") as file:
            file.truncate(60 << 20)
    elif kind == "folder":
        path.mkdir()


@pytest.mark.parametrize(("kind", "word"), [
    ("symlink", "a link"), ("hard link", "hard link"), ("pipe", "no regular file"),
    ("large", "too large (60 MB"), ("folder", "Nothing usable")])
def test_what_is_no_file_is_not_read(course, source, tmp_path, kind, word):
    hostile(kind, source / "ada" / f"{SLUG}.ipynb", tmp_path)
    if kind == "folder":
        put(source / "ada" / "x.txt")
    put(source / "bob" / f"{SLUG}.ipynb", b"b")
    found = taken(course, source)
    assert found["ada"].path is None
    assert word in " ".join(found["ada"].notes)
    assert stored(course, "bob") == b"b"


def test_a_linked_folder_is_not_entered(course, source, tmp_path):
    put(tmp_path / "elsewhere" / f"{SLUG}.ipynb", b"secret")
    (source / "ada").symlink_to(tmp_path / "elsewhere")
    (source / "bob").mkdir()
    (source / "bob" / SLUG).symlink_to(tmp_path / "elsewhere")
    found = taken(course, source)
    assert all(one.path is None for one in found.values())
    assert "a link" in found["bob"].notes[0]


def test_a_folder_swapped_for_a_link_is_not_followed(course, source, tmp_path, monkeypatch):
    path = put(source / "ada" / f"{SLUG}.ipynb")
    put(tmp_path / "elsewhere" / f"{SLUG}.ipynb", b"secret")
    reading = sources._read_beneath

    def swap(*arguments):
        path.unlink()
        path.parent.rmdir()
        path.parent.symlink_to(tmp_path / "elsewhere")
        return reading(*arguments)

    monkeypatch.setattr(sources, "_read_beneath", swap)
    found = taken(course, source)
    assert found["ada"].path is None
    assert "cannot be read" in found["ada"].notes[0]


def test_a_source_that_is_nothing(course, tmp_path):
    with pytest.raises(ValueError, match="expected a folder or a zip"):
        collect(course, SLUG, tmp_path / "missing")
    with pytest.raises(ValueError, match="expected a folder or a zip"):
        collect(course, SLUG, put(tmp_path / "x.zip", b"no zip"))


def test_a_file_that_vanishes_stops_nobody_else(course, source, monkeypatch):
    gone = put(source / "ada" / f"{SLUG}.ipynb")
    put(source / "bob" / f"{SLUG}.ipynb", b"b")
    look = os.lstat

    def vanish(path, **options):
        if str(path) == str(gone):
            raise FileNotFoundError(2, "No such file", str(path))
        return look(path, **options)

    monkeypatch.setattr(sources.os, "lstat", vanish)
    found = taken(course, source)
    assert "cannot be opened" in found["ada"].notes[0]
    assert stored(course, "bob") == b"b"


# hostile zips

@pytest.mark.parametrize("name", [
    "../../x/training-loop.ipynb", "/etc/cron.d/x.ipynb", "ada/../../bob/training-loop.ipynb",
    "C:\\x\\training-loop.ipynb", "ada\\..\\x.ipynb"])
def test_paths_that_lead_out(course, tmp_path, name):
    path = zipped(tmp_path / "a.zip", {name: b"evil", f"ada/{SLUG}.ipynb": b"a"})
    before = set(tmp_path.rglob("*"))
    found = taken(course, path)
    assert set(found) == {"", "ada"}
    assert "leads out of the zip" in found[""].notes[0]
    new = {one for one in set(tmp_path.rglob("*")) - before if course not in one.parents}
    assert new == set()
    assert b"evil" not in {one.read_bytes() for one in course.rglob("*.ipynb")}


def test_a_link_in_a_zip(course, tmp_path):
    link = zipfile.ZipInfo(f"ada/{SLUG}.ipynb")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    found = taken(course, path)
    assert found["ada"].path is None
    assert "a link" in found["ada"].notes[0]


def test_zip_bombs(course, tmp_path):
    path = zipped(tmp_path / "a.zip", {
        f"ada/{SLUG}.ipynb": bytes(40 << 20), f"bob/{SLUG}.ipynb": bytes(60 << 20),
        f"eva.1/{SLUG}.ipynb": b"e"})
    found = taken(course, path)
    assert "zip bomb" in found["ada"].notes[0]
    assert "too large (60 MB" in found["bob"].notes[0]
    assert stored(course, "eva.1") == b"e"


def test_a_zip_that_lies_about_a_size(course, tmp_path):
    path = zipped(tmp_path / "a.zip", {f"ada/{SLUG}.ipynb": bytes(40 << 20),
                                       f"bob/{SLUG}.ipynb": b"b"})
    data = path.read_bytes()
    size = struct.pack("<I", 40 << 20)
    assert data.count(size) == 2
    path.write_bytes(data.replace(size, struct.pack("<I", 1000)))
    found = taken(course, path)
    assert found["ada"].path is None
    assert "cannot be read" in found["ada"].notes[0]
    assert stored(course, "bob") == b"b"


def test_all_of_a_zip_has_a_limit(course, tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "MOST_ALL_BYTES", 15)
    path = zipped(tmp_path / "a.zip", {f"ada/{SLUG}.ipynb": b"1234567890",
                                       f"bob/{SLUG}.ipynb": b"1234567890"})
    found = taken(course, path)
    assert found["ada"].path
    assert "beyond the" in found["bob"].notes[0]


def test_too_many_files(course, tmp_path, source, monkeypatch):
    monkeypatch.setattr(sources, "MOST_FILES", 3)
    names = {f"ada/{number}.txt": b"" for number in range(4)}
    with pytest.raises(ValueError, match="expected at most 3 files"):
        collect(course, SLUG, zipped(tmp_path / "a.zip", names))
    for name in names:
        put(source / name)
    with pytest.raises(ValueError, match="expected at most 3 files"):
        collect(course, SLUG, source)


def test_a_damaged_member_stops_nobody_else(course, tmp_path):
    path = zipped(tmp_path / "a.zip", {f"ada/{SLUG}.ipynb": b"a" * 50 + os.urandom(300),
                                       f"bob/{SLUG}.ipynb": b"b"})
    data = bytearray(path.read_bytes())
    data[150] ^= 0xFF
    path.write_bytes(data)
    found = taken(course, path)
    assert found["ada"].path is None
    assert stored(course, "bob") == b"b"


def test_other_packing_methods_are_refused(course, tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr(f"ada/{SLUG}.ipynb", b"a")
    found = taken(course, put(tmp_path / "a.zip", buffer.getvalue()))
    assert "unusual method" in found["ada"].notes[0]
