"""A notebook's file as it was handed in: its cells, as far as any can be read."""

import json
import os
import re
import stat
import warnings

import nbformat
from nbformat import NotebookNode

from course_utils.grading.values import text as cut

MOST_BYTES, MOST_CELLS, MOST_TEXT = 50 << 20, 2000, 500_000
MOST_BRACKETS = 2_000_000  # in a file: many small lists take many times its size in memory
MOST_BROKEN = 20  # cells of a damaged file that are looked behind
CELL = re.compile(r'\{\s*"(?:attachments|cell_type|execution_count|id|metadata|outputs|source)"')
CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7})(?: .*)?$", re.M)  # of two versions in git


class Unreadable(ValueError):
    """Nothing of the file can be graded; the text says why."""


def text_of(path, handed):
    """The text of a regular file of a sane size; `handed` is told what is odd, else Unreadable."""
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
    for encoding in (json.detect_encoding(data), "latin-1"):
        try:
            text = data.decode(encoding)
        except UnicodeError:
            continue
        if encoding.startswith("utf-8"):
            return text
        if "cells" in text or encoding == "latin-1":
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
        handed.tell(f"The file is damaged; {len(cells)} cells could be read.")
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
    """The whole cells of a notebook that breaks off, or in which two versions were merged."""
    text = CONFLICT.sub("", text)
    start = re.search(r'"cells"\s*:\s*\[', text)
    decoder, cells, broken, place = json.JSONDecoder(), [], 0, start.end() if start else len(text)
    while broken < MOST_BROKEN and (found := CELL.search(text, place)):
        try:
            cell, place = decoder.raw_decode(text, found.start())
            cells.append(cell)
        except (ValueError, RecursionError):
            broken, place = broken + 1, found.end()
    return [cell for cell in cells if "cell_type" in cell]


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
    return NotebookNode(texts, source=cut(source, MOST_TEXT).removeprefix("\ufeff"))
