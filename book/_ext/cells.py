"""The code cells of a page: their sources, and places to link to."""

import ast
from pathlib import Path

from docutils import nodes
from freshness import CELL, CELL_OPTIONS


def sources(env, page):
    """The code of all cells of a page in order, those included that the page does not show."""
    text = Path(env.doc2path(page)).read_text(encoding="utf-8")
    return [CELL_OPTIONS.sub("", code).strip() for _, code in CELL.findall(text)]


def parsed(code):
    """The syntax tree of a cell; an empty one where it is wrong, which the execution tells."""
    try:
        return ast.parse(code)
    except SyntaxError:
        return ast.parse("")


def shown(doctree):
    """{code: id} of the cells whose code the page shows, in order; gives them their ids."""
    places = {}
    for cell in doctree.findall(nodes.container):
        if cell.get("nb_element") == "cell_code_source":
            name = f"cell-{len(places) + 1}"
            if name not in cell["ids"]:
                cell["ids"].append(name)
            places[cell.astext().strip()] = name
    return places
