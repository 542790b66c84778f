"""What a student handed in, as far as it is graded: answers, added cells, written answers.

Students copy, split, merge, delete and retype cells, and programs damage files. Whatever can be
understood is; each repair is told in a sentence that the student reads.
"""

import itertools
import re
from dataclasses import dataclass, field
from pathlib import Path

from course_utils.checks.cells import DEFINITIONS, IMPORTS, defined, is_python, parsed
from course_utils.grading.notebook_file import parse, text_of
from course_utils.grading.plan import SKIPPED, grade_id
from course_utils.grading.values import text as cut

MOST_REPAIRS = 50
MOST_WRITTEN = 50_000  # characters of an answer in words


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
    cells = parse(text_of(Path(path), handed), handed)
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
    both = is_python(f"{above.source}\n{cell.source}")
    return both and not (is_python(above.source) and is_python(cell.source))


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
                is_test = known[name].metadata.nbgrader.get("grade")
                added = "" if is_test else _additions(cell.source, given)
                handed.tell(f"The cell {name} was changed; the original was used"
                            f"{', and what was added to it' if added else ''}.")
                handed.added += [(name, added)] if added else []


def _additions(text, source):
    """What a changed cell imports and defines that its original does not, as code."""
    known, parts = set(defined([source])), set(_parts(source))
    return "\n".join(part for part in _parts(text)
                     if part not in parts and not known & set(defined([part])))


def _parts(text):
    """The texts of the imports and definitions of a cell."""
    lines = text.split("\n")
    for node in parsed(text):
        if isinstance(node, IMPORTS | DEFINITIONS):
            first = min(one.lineno for one in [node, *getattr(node, "decorator_list", [])])
            yield "\n".join(lines[first - 1:node.end_lineno])


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
             if is_python(text) and set(defined([cell.source])) <= set(defined([text]))]
    what, text = (whole or list(choices.items()))[0]
    handed.tell(f"There are {len(texts)} cells of {name}; {what} graded.")
    return text




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
