"""What a link to a term, a symbol, an equation, a figure or a claim shows before one follows it.

Each page's things that can be linked to go into `_static/previews/<page>.js`, a classic script,
since a page from file:// may not read others. `_static/find.js` loads it at the first need.
"""

import json
from pathlib import Path

from docutils import nodes
from sphinx import addnodes


def collect(doctree):
    """{id: nodes that tell what is there}."""
    found = {}
    for glossary in doctree.findall(addnodes.glossary):
        for item in glossary.findall(nodes.definition_list_item):
            found |= {name: item[-1].children for term in item.findall(nodes.term)
                      for name in term["ids"]}
    for equation in doctree.findall(nodes.math_block):
        found |= {name: [equation] for name in equation["ids"]}
    for figure in doctree.findall(nodes.figure):
        for caption in figure.findall(nodes.caption):
            found |= {name: [nodes.paragraph("", "", *_copies(caption.children))]
                      for name in figure["ids"]}
    for row in doctree.findall(nodes.row):
        found |= {name: _joined(row) for name in row["ids"] if name.startswith("symbol-")}
    for box in doctree.findall(nodes.admonition):
        if "claim" in box["classes"] and box["ids"]:
            found[box["ids"][0]] = [
                nodes.paragraph("", "", nodes.strong("", box[0][0].astext())),
                *(child for child in box.children if isinstance(child, nodes.paragraph))]
    return found


def _copies(children):
    return [child.deepcopy() for child in children]


def _joined(row):
    """The cells of a row in one paragraph."""
    told = nodes.paragraph()
    for cell in row.children:
        if cell.astext().strip():
            told += [nodes.Text("  "), *(copy for part in cell.children
                                         for copy in _copies(part.children))]
    return [told]


def write(app, doctree, page):
    """The script of a page that has anything to show."""
    found = collect(doctree) if app.builder.format == "html" else {}
    if found:
        told = {name: "".join(_html(app, node) for node in content)
                for name, content in found.items()}
        path = Path(app.outdir, "_static", "previews", f"{page}.js")
        path.parent.mkdir(parents=True, exist_ok=True)
        script = f"addPreviews({json.dumps(page)}, {json.dumps(told, ensure_ascii=False)});\n"
        path.write_text(script, encoding="utf-8")


def _html(app, node):
    return app.builder.render_partial(node.deepcopy())["fragment"].strip()


def setup(app):
    app.add_js_file("find.js", loading_method="defer")
    app.connect("doctree-resolved", write, priority=700)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
