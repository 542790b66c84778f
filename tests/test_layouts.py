"""Whose a submission is: folders, Moodle's and Canvas's zips, exchanges, the roster."""

import json
import os
import time

import pytest

from course_utils.grading import collect as module
from course_utils.grading import roster
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

# folders and platforms

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


def test_files_of_nobody_are_noted(course, source):
    put(source / "grades.xlsx")
    put(source / "ada" / f"{SLUG}.ipynb")
    found = taken(course, source)
    assert "grades.xlsx" in found[""].notes[0]
    assert found["ada"].path


@pytest.mark.parametrize("name", [".", "./.", f"lovelaceada_12345_{'7' * 5000}_x.ipynb",
                                  f"anon_1_{'7' * 5000}_x.ipynb"])
def test_a_name_that_is_no_platforms_stops_nobody(course, tmp_path, name):
    path = zipped(tmp_path / "z.zip", {name: b"z", f"ada/{SLUG}.ipynb": b"a"})
    taken(course, path)
    assert stored(course, "ada") == b"a"
