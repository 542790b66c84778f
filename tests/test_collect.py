"""Taking submissions from folders, zips and exchanges, hostile ones among them."""

import io
import json
import os
import shutil
import stat
import struct
import time
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nbgrader.coursedir import CourseDirectory

from course_utils.grading import collect as module
from course_utils.grading import roster
from course_utils.grading.collect import collect, notes
from tests.test_export import version_known

SLUG = "training-loop"
NOTEBOOK = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n'
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PEOPLE = [
    ("ada", "Ada", "Lovelace", "ada@example.org", "12345"),
    ("bob", "Bob", "Brown", "bob@example.org", "77"),
    ("eva.1", "Eva", "Müller", "eva@example.org", "901"),
]


@pytest.fixture(scope="module")
def pattern(tmp_path_factory):
    """A course of three students, to be copied."""
    folder = tmp_path_factory.mktemp("pattern")
    (folder / "nbgrader_config.py").write_text("c = get_config()\n")
    with version_known(), roster.gradebook(folder) as book:
        for student, first, last, email, number in PEOPLE:
            book.add_student(student, first_name=first, last_name=last, email=email,
                             lms_user_id=number)
    return folder


@pytest.fixture
def course(pattern, tmp_path):
    """A course of three students."""
    return Path(shutil.copytree(pattern, tmp_path / "course"))


@pytest.fixture
def source(tmp_path):
    """An empty folder to collect from."""
    folder = tmp_path / "handed-in"
    folder.mkdir()
    return folder


def put(path, data=NOTEBOOK):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def zipped(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def taken(course, source, **options):
    """{student: Collected} of collecting."""
    return {one.student: one for one in collect(course, SLUG, source, **options)}


def stored(course, student):
    return (course / "submitted" / student / SLUG / f"{SLUG}.ipynb").read_bytes()


# layouts

def test_folders_of_students(course, source):
    put(source / "ada" / f"{SLUG}.ipynb", b"a")
    put(source / "bob" / SLUG / f"{SLUG}.ipynb", b"b")
    put(source / "bob" / "activations" / "activations.ipynb", b"of another assignment")
    put(source / "eva.1_training-loop.ipynb", b"e")
    found = taken(course, source)
    assert {name: stored(course, name) for name in found} == {
        "ada": b"a", "bob": b"b", "eva.1": b"e"}
    assert not any(one.notes for one in found.values())
    assert found["ada"].path == course / "submitted" / "ada" / SLUG / f"{SLUG}.ipynb"


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


def test_moodle_zip_with_folders_and_flat(course, tmp_path):
    path = zipped(tmp_path / "m.zip", {
        "Ada Lovelace_5501_assignsubmission_file_/x.ipynb": b"a",
        "Bob Brown_5502_assignsubmission_file_answers.ipynb": b"b",
        "Eva Müller_5503_assignsubmission_file/training-loop.ipynb": b"e",
    })
    found = taken(course, path, now=NOW)
    assert {name: stored(course, name) for name in found} == {
        "ada": b"a", "bob": b"b", "eva.1": b"e"}
    assert found["ada"].when == NOW
    assert "called 'x.ipynb'" in found["ada"].notes[0]
    assert found["eva.1"].notes == []


def test_in_moodle_two_of_one_name_are_kept_apart(course, tmp_path):
    path = zipped(tmp_path / "m.zip", {
        f"Ada Lovelace_{number}_assignsubmission_file_/x.ipynb": b"%d" % number
        for number in (5501, 5502)})
    found = taken(course, path)
    assert "ada" not in found
    assert len(found) == 2
    assert all("several of this name" in one.notes[0] for one in found.values())


def test_moodle_takes_the_name_from_the_platform_not_from_the_file(course, tmp_path):
    path = zipped(tmp_path / "m.zip", {
        "Ada Lovelace_1_assignsubmission_file_Bob Brown_2_assignsubmission_file_x.ipynb": b"a"})
    assert set(taken(course, path)) == {"ada"}


def test_canvas_zip(course, tmp_path):
    path = zipped(tmp_path / "c.zip", {
        "lovelaceada_12345_67890_training-loop.ipynb": b"a",
        "brownbob_LATE_77_67891_training-loop-1.ipynb": b"b",
        "müllereva_901_67892_my_notes_3.ipynb": b"e",
    })
    found = taken(course, path, now=NOW)
    assert {name: stored(course, name) for name in found} == {
        "ada": b"a", "bob": b"b", "eva.1": b"e"}
    assert found["ada"].notes == []
    assert found["bob"].notes == ["Canvas marks it as late."]
    assert "it was taken as" in found["eva.1"].notes[0]


def test_canvas_newest_of_two_uploads(course, tmp_path):
    path = zipped(tmp_path / "c.zip", {
        "lovelaceada_12345_70002_training-loop-1.ipynb": b"second",
        "lovelaceada_12345_70001_training-loop.ipynb": b"first",
    })
    found = taken(course, path)
    assert stored(course, "ada") == b"second"
    assert "a second notebook" in found["ada"].notes[0]


@pytest.mark.parametrize("name", [
    "brownbob_77_12345_67890_training-loop.ipynb",  # Ada calls herself "Bob Brown_77"
    "lovelaceada_12345_67890_77_5_training-loop.ipynb",  # and here her file
])
def test_canvas_nobody_passes_for_another(course, tmp_path, name):
    found = taken(course, zipped(tmp_path / "c.zip", {name: b"a"}))
    assert "bob" not in found


def test_canvas_trusts_the_number_not_the_name(course, tmp_path):
    path = zipped(tmp_path / "c.zip", {"brownbob_12345_67890_training-loop.ipynb": b"a"})
    found = taken(course, path)
    assert set(found) == {"ada"}
    assert "calls the student 'brownbob'" in found["ada"].notes[0]


def test_canvas_a_number_beats_another_one_of_the_same_name(course, tmp_path):
    path = zipped(tmp_path / "c.zip", {"brownbob_77_1_training-loop.ipynb": b"bob",
                                       "brownbob_4711_2_training-loop.ipynb": b"other"})
    found = taken(course, path)
    assert len(found) == 2
    assert stored(course, "bob") == b"bob"


def test_moodle_without_names(course, tmp_path):
    path = zipped(tmp_path / "m.zip", {
        "Participant_901_assignsubmission_file_/training-loop.ipynb": b"e",
        "Participant_5_assignsubmission_file_/training-loop.ipynb": b"?"})
    found = taken(course, path)
    assert len(found) == 2
    assert stored(course, "eva.1") == b"e"


def test_canvas_anonymous_files_are_not_mixed(course, tmp_path):
    path = zipped(tmp_path / "c.zip", {
        "anon_aB1cd_1_training-loop.ipynb": b"1", "anon_xY9zz_2_training-loop.ipynb": b"2"})
    assert set(taken(course, path)) == {"anon_aB1cd", "anon_xY9zz"}


def test_zip_of_the_submitted_folder(course, tmp_path):
    path = zipped(tmp_path / "all.zip", {
        f"submitted/ada/{SLUG}/{SLUG}.ipynb": b"a",
        f"submitted/ada/{SLUG}/timestamp.txt": b"2020-01-01 00:00:00 UTC",
        "submitted/bob/activations/activations.ipynb": b"another",
        f"__MACOSX/submitted/ada/{SLUG}/._{SLUG}.ipynb": b"x",
    })
    found = taken(course, path, now=NOW)
    assert set(found) == {"ada"}
    assert found["ada"].when == NOW


# exchange

def exchanged(source, student, day, data, random=""):
    name = f"{student}+{SLUG}+2026-02-{day:02} 10:00:00 UTC{random}"
    return put(source / "inbound" / name / f"{SLUG}.ipynb", data)


def test_exchange_later_submission_wins(course, source):
    first = exchanged(source, "ada", 20, b"old", "+aGk=")
    while time.time() <= first.stat().st_ctime:
        time.sleep(0.001)
    time.sleep(0.02)
    put(exchanged(source, "ada", 3, b"new", "+bGk=").parent / "timestamp.txt", b"2026-02-03")
    put(source / "inbound" / "ada+activations+2026-02-03 10:00:00 UTC" / "activations.ipynb")
    found = taken(course, source)
    assert stored(course, "ada") == b"new"
    assert found["ada"].notes == ["Handed in 2 times; the newest that can be read counts."]


def test_exchange_an_unreadable_newest_gives_way_to_the_one_before(course, source):
    exchanged(source, "ada", 1, b"old")
    time.sleep(0.02)
    broken = exchanged(source, "ada", 2, b"")
    broken.unlink()
    broken.symlink_to("/etc/passwd")
    found = taken(course, source)
    assert stored(course, "ada") == b"old"
    assert any("a link" in note for note in found["ada"].notes)


def test_forged_times_gain_nothing(course, source):
    path = exchanged(source, "ada", 1, b"late")
    put(path.parent / "timestamp.txt", b"2020-01-01 00:00:00.000000 UTC")
    os.utime(path, (1.6e9, 1.6e9))
    before = time.time() - 5
    assert taken(course, source)["ada"].when.timestamp() > before


def test_a_folder_moved_into_the_exchange_late_is_late(course, source):
    kept = put(source / "home" / f"{SLUG}.ipynb", b"early")
    time.sleep(0.05)
    moved = source / "inbound" / f"ada+{SLUG}+2026-01-01 00:00:00 UTC"
    moved.parent.mkdir()
    os.rename(kept.parent, moved)
    when = taken(course, source)["ada"].when.timestamp()
    assert when >= moved.stat().st_ctime - 1e-3 > (moved / kept.name).stat().st_ctime


def test_nobody_hands_in_for_another_student(course, source, monkeypatch):
    exchanged(source, "bob", 1, b"of Ada")
    monkeypatch.setattr(module, "_account", lambda number: "ada")
    found = taken(course, source)
    assert found["bob"].path is None
    assert "by the account 'ada'" in found["bob"].notes[0]


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


# who

@pytest.mark.parametrize("name", ["ADA", "ada@example.org", "12345", "Ada Lovelace",
                                  "lovelace_ada"])
def test_a_folder_is_known_by_id_mail_number_and_name(course, source, name):
    put(source / name / f"{SLUG}.ipynb")
    assert set(taken(course, source)) == {"ada"}


def test_unknown_students_get_ids_of_their_own(course, source):
    for name in ("zoe", "a b", "a;b", "ada!"):
        put(source / name / f"{SLUG}.ipynb", name.encode())
    found = taken(course, source)
    assert len(found) == 4
    assert "ada" not in found
    assert stored(course, "zoe") == b"zoe"
    assert all("not in the roster" in one.notes[0] for one in found.values())
    assert all(roster.checked_id(name) == name for name in found)


def test_names_that_are_not_utf8(course, source):
    folder = os.fsencode(source) + b"/\xe9va"
    os.mkdir(folder)
    with open(folder + b"/l\xf6sung.ipynb", "wb") as file:
        file.write(b"c")
    put(source / "ada" / f"{SLUG}.ipynb")
    found = taken(course, source)
    assert len(found) == 2
    assert stored(course, max(found)) == b"c"
    json.dumps([one.notes for one in found.values()]).encode("utf-8", "strict")
    str([one.notes for one in found.values()]).encode("utf-8")


def test_a_heap_of_files_is_told_in_few_notes(course, source):
    for number in range(50):
        put(source / "ada" / f"{number}.txt")
    put(source / "ada" / "TRAINING.IPYNB", b"a")
    found = taken(course, source)["ada"]
    assert found.path
    assert len(found.notes) == 12
    assert "40 more were not taken." in found.notes


def test_files_of_nobody_are_noted(course, source):
    put(source / "grades.xlsx")
    put(source / "ada" / f"{SLUG}.ipynb")
    found = taken(course, source)
    assert "grades.xlsx" in found[""].notes[0]
    assert found["ada"].path


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
    reading = module._read_beneath

    def swap(*arguments):
        path.unlink()
        path.parent.rmdir()
        path.parent.symlink_to(tmp_path / "elsewhere")
        return reading(*arguments)

    monkeypatch.setattr(module, "_read_beneath", swap)
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

    monkeypatch.setattr(module.os, "lstat", vanish)
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
    monkeypatch.setattr(module, "MOST_ALL_BYTES", 15)
    path = zipped(tmp_path / "a.zip", {f"ada/{SLUG}.ipynb": b"1234567890",
                                       f"bob/{SLUG}.ipynb": b"1234567890"})
    found = taken(course, path)
    assert found["ada"].path
    assert "beyond the" in found["bob"].notes[0]


def test_too_many_files(course, tmp_path, source, monkeypatch):
    monkeypatch.setattr(module, "MOST_FILES", 3)
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


def test_a_folder_that_cannot_be_written_stops_nobody_else(course, source):
    put(source / "ada" / f"{SLUG}.ipynb")
    put(source / "bob" / f"{SLUG}.ipynb", b"b")
    put(course / "submitted" / "ada", b"a file where a folder should be")
    found = taken(course, source)
    assert "could not be stored" in found["ada"].notes[0]
    assert stored(course, "bob") == b"b"
