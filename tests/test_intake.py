"""Intake: what is graded of a damaged notebook, and what the student is told about it."""

import copy
import json
import os

import nbformat
import pytest

from course_utils.exercises.build import instructor_notebook, release, write
from course_utils.exercises.source import read as read_source
from course_utils.grading import intake
from course_utils.grading.intake import Handed
from course_utils.grading.notebook_file import Unreadable, parse
from tests.conftest import ROOT

WORDS = "They are divided by their sum."


@pytest.fixture(scope="module")
def exercise():
    return read_source(ROOT / "tests" / "attacks" / "exercise.py")


@pytest.fixture(scope="module")
def source(exercise):
    return nbformat.from_dict(instructor_notebook(exercise))


@pytest.fixture
def notebook(exercise):
    """A complete notebook as plain data."""
    made = json.loads(write(release(instructor_notebook(exercise))))
    for cell in made["cells"]:
        if cell["id"] in exercise.tasks:
            cell["source"] = exercise.tasks[cell["id"]].cell.code
        elif cell["id"] == "words":
            cell["source"] = WORDS
    return made


@pytest.fixture
def hand_in(tmp_path, source):
    """A function that reads what was handed in, plain data or bytes."""
    def read(content):
        path = tmp_path / "ada" / "exercise" / "exercise.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        content = content if isinstance(content, bytes) else json.dumps(content).encode()
        path.write_bytes(content)
        return intake.read(path, source)
    return read


def place(notebook, name):
    return next(n for n, cell in enumerate(notebook["cells"]) if cell.get("id") == name)


def code(exercise, name):
    return exercise.tasks[name].cell.code


def own(source, **more):
    return {"cell_type": "code", "metadata": {}, "source": source, **more}


def test_an_honest_notebook_is_taken_as_it_is(hand_in, notebook, exercise):
    handed = hand_in(notebook)
    assert handed.answers == {name: code(exercise, name) for name in exercise.tasks}
    assert handed.written == {"words": WORDS}
    assert handed.added == handed.repairs == []


def test_added_cells_stand_where_they_stood(hand_in, notebook):
    notebook["cells"].insert(0, own("a = 1"))
    notebook["cells"].insert(place(notebook, "step") + 1, own(["b = ", "2"]))
    assert hand_in(notebook).added == [(None, "a = 1"), ("step", "b = 2")]


def test_a_copied_cell_that_is_whole_wins(hand_in, notebook, exercise):
    n = place(notebook, "softmax")
    half = copy.deepcopy(notebook["cells"][n])
    half["source"] = "def softmax(x:"
    notebook["cells"].insert(n, half)
    handed = hand_in(notebook)
    assert handed.answers["softmax"] == code(exercise, "softmax")
    assert "There are 2 cells of softmax; the last one was graded." in handed.repairs


@pytest.mark.parametrize("cut", [2, 4, 5])
def test_a_split_function_is_put_together(hand_in, notebook, exercise, cut):
    n = place(notebook, "softmax")
    lines = notebook["cells"][n]["source"].splitlines(keepends=True)
    notebook["cells"][n]["source"] = "".join(lines[:cut])
    notebook["cells"].insert(n + 1, own("".join(lines[cut:])))
    handed = hand_in(notebook)
    assert handed.answers["softmax"].split() == code(exercise, "softmax").split()
    assert handed.added == []


def test_an_added_cell_below_an_answer_stays_an_added_cell(hand_in, notebook, exercise):
    notebook["cells"].insert(place(notebook, "softmax") + 1, own("print(1)"))
    notebook["cells"].insert(place(notebook, "step") + 1, own("this is no Python"))
    handed = hand_in(notebook)
    assert handed.answers["softmax"] == code(exercise, "softmax")
    assert [place for place, _ in handed.added] == ["softmax", "step"]


def test_names_are_found_again(hand_in, notebook, exercise):
    for cell in notebook["cells"]:
        del cell["id"], cell["metadata"]
    handed = hand_in(notebook)
    assert handed.answers == {name: code(exercise, name) for name in exercise.tasks}
    assert "The cell of fit had lost its name; it was found by what it defines." in handed.repairs


@pytest.mark.parametrize("name", [[], {}, 5, None, ["softmax"], "other", "\ud800"])
def test_names_of_any_type(hand_in, notebook, exercise, name):
    for cell in notebook["cells"]:
        cell["metadata"]["nbgrader"]["grade_id"] = name
    assert hand_in(notebook).answers["softmax"] == code(exercise, "softmax")


def test_half_pairs_can_be_written_afterwards(hand_in, notebook):
    notebook["cells"][place(notebook, "words")]["source"] = "a\ud800b\0"
    assert hand_in(notebook).written["words"].encode() == "a\ufffdb\ufffd".encode()


def test_a_truncated_file_gives_what_is_whole(hand_in, notebook, exercise):
    text = json.dumps(notebook)
    handed = hand_in(text[: text.index("def fit")].encode())
    assert handed.answers["step"] == code(exercise, "step")
    assert handed.answers["fit"] == ""
    assert "The cell of fit is missing." in handed.repairs


def test_of_two_versions_in_conflict_both_are_read(hand_in, notebook, exercise):
    one, other = ('   "execution_count": null,', '   "execution_count": 2,')
    both = f"<<<<<<< HEAD\n{one}\n=======\n{other}\n>>>>>>> a"
    handed = hand_in(json.dumps(notebook, indent=1).replace(one, both).encode())
    assert handed.answers == {name: code(exercise, name) for name in exercise.tasks}
    assert handed.repairs == [f"The file is damaged; {len(notebook['cells'])} cells could be read."]


def test_cells_behind_a_broken_one_are_read(hand_in, notebook, exercise):
    text = json.dumps(notebook)
    handed = hand_in(text.replace('"def step', '"def step"', 1).encode())
    assert handed.answers["step"] == ""
    assert handed.answers["fit"] == code(exercise, "fit")


def test_what_is_added_to_a_given_cell_is_kept_beside_the_original(hand_in, notebook):
    given = notebook["cells"][place(notebook, "given-setup")]
    given["source"] = ("".join(given["source"]).replace("from torch import nn", "import math as m")
                       + "\n@staticmethod\ndef mine(x):\n    return x\n\n"
                         "def check(*all):\n    pass\n\nsteps = 0\n")
    handed = hand_in(notebook)
    assert handed.added == [("given-setup", "import math as m\n@staticmethod\ndef mine(x):\n"
                                            "    return x")]
    assert ("The cell given-setup was changed; the original was used, and what was added to it."
            in handed.repairs)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32", "latin-1"])
def test_encodings(hand_in, notebook, encoding):
    notebook["cells"][place(notebook, "words")]["source"] = "Größe"
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["cell_type"] != "markdown"
                         or cell["id"] == "words"]
    data = json.dumps(notebook, ensure_ascii=False).encode(encoding, "replace")
    assert hand_in(data).written["words"] == "Größe"


@pytest.mark.parametrize(("text", "reason"), [
    ("", "empty"), ("\0" * 50, "empty"), ("[]", "no notebook"), ("nothing", "no cell in it"),
    ('{"cells": 5}', "no cells"), ('{"cells": ' + "[" * 200_000, "no cell in it"),
    ('{"cells": [' + "[]," * 2_000_001 + "[]]}", "more parts"),
    ('{"nbformat": 3, "worksheets": 5}', "old format"),
], ids=range(8))
def test_files_that_are_no_notebooks(text, reason):
    with pytest.raises(Unreadable, match=reason):
        parse(text, Handed())


def test_code_that_no_parser_takes(hand_in, notebook):
    deep = "x = 0" + " + 1" * 50_000
    notebook["cells"] = [own(deep), own("-" * 100_000 + "1"), own("a\0")]
    handed = hand_in(notebook)
    assert len(handed.added) == 3
    assert handed.answers["softmax"] == ""


@pytest.mark.parametrize("kind", ["link", "hard link", "pipe", "folder", "linked folder", "large"])
def test_only_regular_files_of_its_own(tmp_path, source, kind):
    folder = tmp_path / "ada" / "exercise"
    folder.mkdir(parents=True)
    path, other = folder / "exercise.ipynb", tmp_path / "other"
    other.write_text("{}")
    {
        "link": lambda: path.symlink_to(other), "hard link": lambda: os.link(other, path),
        "pipe": lambda: os.mkfifo(path), "folder": path.mkdir,
        "linked folder": lambda: (tmp_path / "bai").symlink_to(folder.parent),
        "large": lambda: (path.write_text("{}"), os.truncate(path, 200 << 20)),
    }[kind]()
    if kind == "linked folder":
        path.write_text("{}")
        path = tmp_path / "bai" / "exercise" / "exercise.ipynb"
    with pytest.raises(Unreadable):
        intake.read(path, source)


def test_repairs_are_told_once_and_not_without_end():
    handed = Handed()
    for number in range(1000):
        handed.tell("the same")
        handed.tell(f"number {number}")
    assert len(handed.repairs) == intake.MOST_REPAIRS
