"""What a student handed in, as far as it is graded: answers, added cells, written answers.

Students copy, split, merge, delete and retype cells, and programs damage files. Whatever can be
understood is; each repair is told in a sentence that the student reads.
"""

import ast
import itertools
import json
import os
import re
import stat
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course_utils.checks.cells import defined
from course_utils.grading.plan import SKIPPED, grade_id
from course_utils.grading.values import text as cut

MOST_BYTES, MOST_CELLS, MOST_TEXT, MOST_REPAIRS = 50 << 20, 2000, 500_000, 50
MOST_WRITTEN = 50_000  # characters of an answer in words
MOST_BRACKETS = 2_000_000  # in a file: many small lists take many times its size in memory


class Unreadable(ValueError):
    """Nothing of the file can be graded; the text says why."""


@dataclass
class Handed:
    """A submission: what is graded of it.

    answers: {task: code}. added: (cell above or None, code) of the student's own cells.
    written: {question: text}. repairs: sentences for the student and the instructor.
    """

    answers: dict = field(default_factory=dict)
    added: list = field(default_factory=list)
    written: dict = field(default_factory=dict)
    repairs: list = field(default_factory=list)

    def tell(self, sentence):
        """Note a repair, once; of very many the first."""
        if sentence not in self.repairs and len(self.repairs) < MOST_REPAIRS:
            self.repairs.append(sentence)


def read(path, source):
    """The `Handed` of the notebook at `path` to the instructor's notebook `source`.

    Raises Unreadable when it is no regular file, too large or beyond repair.
    """
    handed = Handed()
    cells = parse(_text(Path(path), handed), handed)
    taken = _matched(cells, source, handed)
    for name, cell in _wanted(source).items():
        found = taken.get(name, [])
        if cell.cell_type == "code":
            handed.answers[name] = _answer(name, cell, found, cells, handed)
        else:
            handed.written[name] = _words(name, found, handed)
        if not found:
            handed.tell(f"The cell of {name} is missing.")
    _add_own_cells(cells, source, handed)
    return handed


# the file

def _text(path, handed):
    """The text of a regular file of a sane size."""
    name = cut(path.name, 200)
    if any(folder.is_symlink() for folder in list(path.parents)[:2]):
        raise Unreadable(f"{name} lies in a folder that is a link")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise Unreadable(f"{name} cannot be opened as a file: {error.strerror}") from error
    try:
        return _decoded(_bytes(name, descriptor), handed)
    finally:
        os.close(descriptor)


def _bytes(name, descriptor):
    about = os.fstat(descriptor)
    if not stat.S_ISREG(about.st_mode) or about.st_nlink > 1:
        raise Unreadable(f"{name} is not a file of its own, but a link or a device")
    if about.st_size > MOST_BYTES:
        size, most = about.st_size >> 20, MOST_BYTES >> 20
        raise Unreadable(f"{name} has {size} MB; at most {most} MB are taken. "
                         "Clear the outputs and hand it in again.")
    with open(descriptor, "rb", closefd=False) as file:
        return file.read(MOST_BYTES)


def _decoded(data, handed):
    for encoding in ("utf-8-sig", "utf-16", "latin-1"):
        try:
            text = data.decode(encoding)
        except UnicodeError:
            continue
        if encoding == "utf-8-sig" or "cells" in text or encoding == "latin-1":
            if encoding != "utf-8-sig":
                handed.tell(f"The file is not UTF-8; it was read as {encoding}.")
            return text
    raise Unreadable("the file is no text")


def parse(text, handed):
    """The cells of a notebook's text, with cell_type, source, id and metadata."""
    if not text.strip("\0 \r\n\t"):
        raise Unreadable("the file is empty")
    if text.count("[") + text.count("{") > MOST_BRACKETS:
        raise Unreadable("the file has far more parts than any notebook")
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        cells = _salvaged(text)
        if not cells:
            raise Unreadable("the file is no notebook, and no cell in it can be read") from None
        handed.tell(f"The file is damaged; {len(cells)} cells could be read, the rest is lost.")
        notebook = {"cells": cells}
    if not isinstance(notebook, dict):
        raise Unreadable("the file is no notebook")
    if notebook.get("nbformat") == 3 or "worksheets" in notebook:
        handed.tell("The notebook has an old format, which was converted.")
        notebook = _converted(text)
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise Unreadable("the notebook has no cells")
    if len(cells) > MOST_CELLS:
        handed.tell(f"Of {len(cells)} cells the first {MOST_CELLS} were read.")
    return [_sane(cell, handed) for cell in cells[:MOST_CELLS] if isinstance(cell, dict)]


def _converted(text):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return json.loads(nbformat.writes(nbformat.reads(text, as_version=4), version=4))
    except Exception as error:  # whatever a damaged old notebook makes the converter raise
        raise Unreadable(
            f"the notebook's old format cannot be converted: {cut(error, 200)}") from error


def _salvaged(text):
    """The whole cells at the beginning of a notebook that breaks off."""
    start = re.search(r'"cells"\s*:\s*\[', text)
    if not start:
        return []
    decoder, cells, place = json.JSONDecoder(), [], start.end()
    while True:
        place = re.compile(r"[\s,]*").match(text, place).end()
        try:
            cell, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            return cells
        if isinstance(cell, dict):
            cells.append(cell)


def _sane(cell, handed):
    """A cell with the parts and types that the rest relies on, and no others."""
    source, metadata = cell.get("source", ""), cell.get("metadata")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    source = source if isinstance(source, str) else ""
    if len(source) > MOST_TEXT:
        handed.tell(f"Of a cell with {len(source)} characters the first {MOST_TEXT} were read.")
    grading = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = grading.get("grade_id") if isinstance(grading, dict) else None
    texts = {"cell_type": cell.get("cell_type"), "id": cell.get("id"), "grade_id": name}
    texts = {key: one if isinstance(one, str) else "" for key, one in texts.items()}
    return NotebookNode(texts, source=cut(source, MOST_TEXT))


# which cell is which

def _wanted(source):
    """{name: cell} of the instructor's cells that students fill in."""
    return {grade_id(cell): cell for cell in source.cells
            if cell.metadata.get("nbgrader", {}).get("solution")}


def _names_in(source):
    return {grade_id(cell): cell for cell in source.cells}


def _matched(cells, source, handed):
    """{name: its cells in the submission}; each cell's `place` is set to the name."""
    known, wanted = _names_in(source), _wanted(source)
    taken = {}
    for cell in cells:
        name = next((name for name in (cell.grade_id, cell.id) if name in known), None)
        if name:
            cell["place"] = name
            taken.setdefault(name, []).append(cell)
    for name, cell in wanted.items():
        if name not in taken and cell.cell_type == "code":
            lost = [one for one in cells if "place" not in one and _defines(one, cell)]
            if lost:
                handed.tell(f"The cell of {name} had lost its name; it was found by what it "
                            "defines.")
                lost[-1]["place"], taken[name] = name, [lost[-1]]
    for above, cell in itertools.pairwise(cells):
        if "place" not in cell and above.get("place") in wanted and _continues(above, cell):
            name = cell["place"] = above.place
            taken[name].append(cell)
    _note_changes(cells, known, wanted, handed)
    return taken


def _defines(cell, wanted):
    return set(defined([wanted.source])) <= set(defined([cell.source])) != set()


def _continues(above, cell):
    """Whether two cells are one that was split: only together they are Python."""
    both = _parses(f"{above.source}\n{cell.source}")
    return both and not (_parses(above.source) and _parses(cell.source))


def _note_changes(cells, known, wanted, handed):
    order = [cell.place for cell in cells if "place" in cell]
    first = list(dict.fromkeys(order))
    if first != [name for name in known if name in set(first)]:
        handed.tell("Cells stood in another order; they were put back.")
    for cell in cells:
        name = cell.get("place")
        if name and cell.cell_type != known[name].cell_type:
            handed.tell(f"The cell {name} was {cut(cell.cell_type, 20) or 'of no type'}, not "
                        f"{known[name].cell_type}; its text was taken.")
        if name and name not in wanted and name not in SKIPPED and known[name].cell_type == "code":
            given = known[name].source
            if _plain(cell.source) != _plain(given) and not _is_release_of(cell.source, given):
                handed.tell(f"The cell {name} was changed; the original was used.")


def _is_release_of(text, source):
    """Whether a test's text is the instructor's without the hidden part."""
    return _plain(text) == _plain(_shown(source))


def _shown(source):
    return re.sub(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS\n?", "", source, flags=re.S)


def _plain(text):
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _words(name, found, handed):
    """An answer in words: that of the last of its cells."""
    text = found[-1].source if found else ""
    if len(text) > MOST_WRITTEN:
        handed.tell(f"Of the answer {name} the first {MOST_WRITTEN} characters were read.")
    return text[:MOST_WRITTEN]


def _answer(name, cell, found, cells, handed):
    """The code of a task: of several cells their texts in order, as far as they are Python."""
    texts = [one.source for one in found if _plain(one.source)]
    if len(texts) < 2:
        return texts[0] if texts else ""
    choices = {
        "all of them, in order, were": "\n".join(texts), "the last one was": texts[-1],
        "the first one was": texts[0],
    }
    whole = [(what, text) for what, text in choices.items()
             if _parses(text) and set(defined([cell.source])) <= set(defined([text]))]
    what, text = (whole or list(choices.items()))[0]
    handed.tell(f"There are {len(texts)} cells of {name}; {what} graded.")
    return text


def _parses(text):
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _add_own_cells(cells, source, handed):
    """Code cells that are nobody's: the student's own, run where they stand."""
    originals = {_plain(cell.source) for cell in source.cells}
    shown = {_plain(_shown(one)) for one in originals}
    above = None
    for cell in cells:
        if "place" in cell:
            above = cell.place
        elif cell.cell_type == "code" and _plain(cell.source) not in originals | shown | {""}:
            handed.added.append((above, cell.source))
