"""How each number was made: a fold below a claim with its experiment, seeds, machine and date.

The experiment is looked for in the page's cells, backwards from the cell that makes the claim:
the nearest cell that calls `repeat`, else the nearest one shown that calls a function of the page.
"""

import ast
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cells import parsed, shown, sources
from claims import CLAIMS
from docutils import nodes
from provenance import made
from recorded import provenance as recorded_sentences
from sphinx.transforms.post_transforms import SphinxPostTransform

SETTLED = ("holds", "refuted", "undecided")
TOLD = {"Experiment": "experiment", "Seeds": "seeds", "Recorded": "recorded", "Run": "run"}


class how(nodes.General, nodes.Element):
    """The place of a claim's fold."""


@dataclass
class Cell:
    """What a cell defines, uses and calls by itself, outside of the functions it defines."""

    code: str
    defined: set = field(default_factory=set)
    used: set = field(default_factory=set)
    functions: set = field(default_factory=set)

    def __post_init__(self):
        for node in ast.walk(parsed(self.code)):
            if isinstance(node, ast.Name):
                (self.used if isinstance(node.ctx, ast.Load) else self.defined).add(node.id)
            elif isinstance(node, ast.FunctionDef):
                self.functions.add(node.name)
        self.defined |= self.functions

    @cached_property
    def calls(self):
        """The calls that happen when the cell runs, in order."""
        body = [node for node in parsed(self.code).body if not isinstance(node, ast.FunctionDef)]
        return [node for part in body for node in ast.walk(part) if isinstance(node, ast.Call)]

    def called(self, name):
        """The cell's own calls of a function."""
        return [call for call in self.calls if getattr(call.func, "id", None) == name]


def layers(cells, last):
    """Cell `last`, then the earlier cells that it uses directly, then those that these use, ..."""
    layer, seen = [last], {last}
    while layer:
        yield [cells[i] for i in layer]
        following = []
        for i in layer:
            for name in cells[i].used:
                makers = [j for j in range(i) if name in cells[j].defined]
                if makers and makers[-1] not in seen:
                    seen.add(makers[-1])
                    following.append(makers[-1])
        layer = sorted(following, reverse=True)


def experiment(cells, last, places):
    """(code of the cell, names of its functions, its seeds) behind the claim of cell `last`."""
    functions = set().union(*(cell.functions for cell in cells))
    found = [cell for layer in layers(cells, last) for cell in layer]
    for cell in found:
        if calls := cell.called("repeat"):
            names = [name for call in calls for name in _names(call.args[0]) if name in functions]
            return cell.code, list(dict.fromkeys(names)), _seeds(calls[0])
    for cell in found:
        names = [name for name in functions if cell.called(name)]
        if names and cell.code in places:
            return cell.code, sorted(names), ""
    return None


def _names(node):
    return [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]


def _seeds(call):
    """The seeds of a call of `repeat`, as far as they stand there: "21, 22, 23"."""
    given = [*call.args[1:2], *(key.value for key in call.keywords if key.arg == "seeds")]
    try:
        source = ast.unparse(given[0]) if given else "3"
        count = source.removeprefix("range")
        value = ast.literal_eval(count)
    except ValueError:
        return ""
    if source.startswith("range"):
        value = range(*value) if isinstance(value, tuple) else range(value)
    value = range(value) if isinstance(value, int) else value
    return ", ".join(map(str, value))


def mark(app, doctree):
    """Put a fold below each claim that was measured; give the cells their places."""
    page = app.env.docname
    if not (records := CLAIMS.of(app.env).get(page)):
        return
    places, cells = shown(doctree), [Cell(code) for code in sources(app.env, page)]
    boxes = {box["ids"][0]: box for box in doctree.findall(nodes.admonition) if box["ids"]}
    for record in records:
        if record["verdict"] in SETTLED:
            fold = how(seeds=record["seeds"])
            boxes[f"claim-{record['id']}"] += fold
            last = next((i for i, cell in enumerate(cells) for call in cell.called("claim")
                         if ast.unparse(call.args[0]) == repr(record["id"])), None)
            if last is not None:
                _describe(fold, cells, last, places)


def _describe(fold, cells, last, places):
    found = experiment(cells, last, places)
    if found:
        code, fold["functions"], fold["named"] = found
        fold["cell"] = places.get(code, "")
    near = "\n".join(cell.code for layer in layers(cells, last) for cell in layer)
    fold["recorded"] = [name for name in _recorded() if f'"{name}"' in near]


def _recorded():
    from course_utils.results import FOLDER

    return sorted(Path(path).stem for path in FOLDER.glob("*.json"))


class Unfold(SphinxPostTransform):
    """Fill the folds when all is known; only HTML has them."""

    default_priority = 7

    def run(self, **kwargs):
        html = self.app.builder.format == "html"
        for node in list(self.document.findall(how)):
            node.replace_self(self._fold(node) if html else [])

    def _fold(self, node):
        facts = nodes.definition_list()
        for word, kind in TOLD.items():
            if content := getattr(self, f"_{kind}")(node):
                told = nodes.definition("", nodes.paragraph("", "", *content))
                facts += nodes.definition_list_item("", nodes.term("", word), told)
        opening = ('<details class="fold made"><summary>How this number was made</summary>')
        return [nodes.raw("", opening, format="html"), facts,
                nodes.raw("", "</details>", format="html")]

    def _experiment(self, node):
        names = [part for name in node.get("functions", ())
                 for part in (nodes.Text(", "), nodes.literal("", f"{name}()"))][1:]
        if cell := node.get("cell"):
            link = nodes.reference("", "in this cell", refid=cell, internal=True)
            names += [nodes.Text(", called " if names else "The run "), link]
        return names

    def _seeds(self, node):
        count, named = node["seeds"], node.get("named")
        several = f"{count} of them: {named}" if named and count == str(named.count(",") + 1) else count
        return [nodes.Text(several)] if count else []

    def _recorded(self, node):
        from course_utils.results import load

        told = [recorded_sentences(load(name))[1].replace("`", "") for name in
                node.get("recorded", ())]
        return [nodes.Text(" ".join(told))] if told else []

    def _run(self, node):
        return [nodes.Text(made(self.env, self.env.docname))]


def setup(app):
    app.add_node(how)
    app.add_post_transform(Unfold)
    app.connect("doctree-read", mark, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
