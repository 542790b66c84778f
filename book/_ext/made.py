"""How each number was made: a fold below a claim with its experiment, seeds, machine and date."""

import ast
from pathlib import Path

from cells import shown, sources
from claims import CLAIMS
from docutils import nodes
from experiments import Cell, experiment, layers
from provenance import made
from recorded import marked
from recorded import provenance as recorded_sentences
from sphinx.transforms.post_transforms import SphinxPostTransform

SETTLED = ("holds", "refuted", "undecided")
TOLD = {"Experiment": "experiment", "Seeds": "seeds", "Recorded": "recorded", "Run": "run"}


class how(nodes.General, nodes.Element):
    """The place of a claim's fold."""


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
        if named and count == str(named.count(",") + 1):
            count = f"{count} of them: {named}"
        return [nodes.Text(count)] if count else []

    def _recorded(self, node):
        from course_utils.results import load

        results = filter(None, map(load, node.get("recorded", ())))
        told = " ".join(recorded_sentences(result)[1] for result in results)
        return marked(told) if told else []

    def _run(self, node):
        return [nodes.Text(made(self.env, self.env.docname))]


def setup(app):
    app.add_node(how)
    app.add_post_transform(Unfold)
    app.connect("doctree-read", mark, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
