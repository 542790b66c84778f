"""Every chapter keeps to the anatomy of CONTRIBUTING.md, as far as its text shows it."""

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT, files

FENCE = re.compile(r"^(`{3,}|:{3,})\{(code-cell|dropdown)\}([^\n]*)\n(.*?)^\1$", re.M | re.S)
OPTIONS = re.compile(r"\A---\n(.*?)^---\n|\A((?::[^\n]*\n)+)", re.M | re.S)
HEADINGS = [
    "By hand, then with the library", "The experiment", "What goes wrong", "On a GPU",
    "Check yourself", "Summary", "Exercises", "Graded exercise", "Sources",
]
MOST_LINES, MOST_COLUMNS = 40, 79


@dataclass
class Cell:
    """A code cell: its options and its code."""

    options: dict
    code: str

    @property
    def tags(self):
        return self.options.get("tags", [])

    @property
    def figure(self):
        return self.options.get("mystnb", {}).get("figure")

    @property
    def alt(self):
        return self.options.get("mystnb", {}).get("image", {}).get("alt", "")


def cell(text):
    match = OPTIONS.match(text)
    if match is None:
        return Cell({}, text)
    options = match[1] or "\n".join(line[1:] for line in match[2].splitlines())
    return Cell(yaml.safe_load(options), text[match.end():])


@dataclass
class Chapter:
    """The text of a chapter."""

    slug: str
    text: str

    @cached_property
    def parts(self):
        """Code cells, and the titles of folds, in order."""
        return [
            cell(body) if kind == "code-cell" else title.strip()
            for _, kind, title, body in FENCE.findall(self.text)
        ]

    @cached_property
    def cells(self):
        return [part for part in self.parts if isinstance(part, Cell)]


def with_cells(*captions):
    """The pages of the table of contents that have cells, in parts whose captions begin so."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    found = [Chapter(Path(page).stem, (ROOT / f"{page}.md").read_text())
             for part in toc["parts"] if part["caption"].startswith(captions)
             for page in files(part["chapters"])]
    return [page for page in found if page.cells]


def chapters():
    """The pages with cells in numbered parts."""
    return with_cells("Part ")


@pytest.fixture(params=chapters(), ids=lambda chapter: chapter.slug)
def chapter(request):
    return request.param


@pytest.fixture(params=with_cells(""), ids=lambda page: page.slug)
def page(request):
    """A chapter, or another page with cells, such as the preliminaries."""
    return request.param


def test_there_are_chapters():
    assert chapters()


def test_it_opens_with_label_summary_question_and_needs(chapter):
    opening = (
        rf"\A---\n.*?^budget_s: \d+.*?^---\n\(ch-{chapter.slug}\)=\n# [^\n]+\n\n"
        r"\{\.summary\}\n[^\n]+\n\n:::\{prediction\}[^\n]+\n:right: [A-Z]\n.*?^:::\n\n"
        r":::\{admonition\} You need\n:class: need\n[^\n]*minutes to read[^\n]*to run[^\n]*\n:::"
        r"\n\n"
        r"```\{code-cell\}"
    )
    assert re.match(opening, chapter.text, re.M | re.S), "see CONTRIBUTING.md, The chapter"


def test_its_last_headings_come_in_order(chapter):
    found = re.findall(r"^## (.+)$", FENCE.sub("", chapter.text), re.M)
    ordered = [heading for heading in found if heading in HEADINGS]
    assert ordered == HEADINGS, f"book/{chapter.slug}.md: the last headings are {HEADINGS}"


def test_it_reveals_its_prediction_and_ends_with_three_questions(chapter):
    assert re.search(r"^```\{reveal\}", chapter.text, re.M)
    questions = chapter.text.split("## Check yourself\n")[1].split("\n## ")[0]
    assert len(re.findall(r"^:::\{quiz\}", questions, re.M)) >= 3


def test_only_the_first_cell_imports(page):
    for later in page.cells[1:]:
        imports = [node for node in ast.walk(ast.parse(later.code))
                   if isinstance(node, ast.Import | ast.ImportFrom)]
        assert imports == [], ast.unparse(imports[0])


def test_cells_are_short_and_narrow(page):
    for one in page.cells:
        lines = one.code.rstrip().splitlines()
        assert len(lines) <= MOST_LINES, f"the cell {lines[0]!r} has {len(lines)} lines"
        for line in lines:
            number = page.text[: page.text.index(line)].count("\n") + 1
            assert len(line) <= MOST_COLUMNS, (
                f"book/{page.slug}.md:{number}: {len(line)} columns, at most {MOST_COLUMNS}")


def test_cells_are_plain_python(page):
    for one in page.cells:
        ast.parse(one.code)  # no magics, no shell
        assert "pip" not in re.findall(r"\w+", one.code)


def test_a_figure_says_what_it_shows(page):
    for one in page.cells:
        if "plt." in one.code and one is not page.cells[0]:
            assert one.figure, "a cell that draws needs `mystnb: figure: name, caption`"
            assert one.figure["name"].startswith(f"fig-{page.slug}-")
            assert one.figure["caption"].strip()
            assert len(one.alt) > 40, f"{one.figure['name']}: say in `alt` what the picture shows"


def test_the_numbers_of_each_figure_are_folded_below_it(page):
    waiting = None
    for part in page.parts:
        if isinstance(part, Cell) and part.figure:
            assert waiting is None, f"{waiting} has no fold with its numbers"
            waiting = part.figure["name"]
        elif part == "The numbers behind the figure":
            waiting = None
    assert waiting is None, f"{waiting} has no fold with its numbers"


def test_it_compares_by_hand_with_the_library_and_makes_a_claim(chapter):
    code = "\n".join(one.code for one in chapter.cells)
    assert "assert_close" in code
    assert re.search(r"\bclaim\(", code)


def test_it_has_exercises_with_solutions_and_its_graded_one(chapter):
    exercises = re.findall(r"\{exercise\}\n:label: (\S+)", chapter.text)
    assert exercises
    assert sorted(re.findall(r"\{solution\} (\S+)", chapter.text)) == sorted(exercises)
    assert f"{{exercise-card}} {chapter.slug}\n" in chapter.text
    assert (ROOT / "solutions" / f"{chapter.slug}.py").is_file()


def unwritten(text):
    """The lines of a text that say TODO, with their numbers."""
    return [f"line {n}: {line}" for n, line in enumerate(text.splitlines(), 1) if "TODO" in line]


def test_nothing_is_left_to_write(chapter):
    exercise = (ROOT / "solutions" / f"{chapter.slug}.py").read_text()
    guide = (ROOT / "book" / "teaching" / "guides" / f"{chapter.slug}.md").read_text()
    for text in (chapter.text, exercise, guide):
        assert unwritten(text) == []
