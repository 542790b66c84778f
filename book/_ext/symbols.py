"""The symbols of the notation page: a place for each, and a link from its first use in a chapter.

The rows of every table of class `symbols` are symbols: code, formulas, single letters, and last
what they mean. A formula or a name in code that is one of them links to its row where a chapter
uses it first.
"""

import html
import re

from chapter_map import NEEDS
from docutils import nodes
from katex_math import render
from notes import PageNotes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.transforms.references import SphinxDomains

SYMBOLS = PageNotes("symbols")  # page -> records with id, names, and what links: tex and code
MATHML = re.compile(r"<semantics>(.*?)<annotation", re.S)
LINKS = (nodes.reference, nodes.title, addnodes.pending_xref, addnodes.download_reference)


def letters(tex):
    """A short formula as plain letters, for the search and the index: "η" for `\\eta`."""
    mathml = MATHML.search(render(tex, False))[1]
    return html.unescape(re.sub(r"<[^>]+>|\s", "", mathml))


class Collect(SphinxTransform):
    """Give each symbol's row an id and index entries, and remember the symbol.

    It comes before Sphinx gathers what is in the index.
    """

    default_priority = SphinxDomains.default_priority - 10

    def apply(self, **kwargs):
        tables = self.document.findall(lambda node: "symbols" in _classes(node))
        if found := [symbol for table in list(tables) for symbol in self._rows(table)]:
            SYMBOLS.of(self.env)[self.env.docname] = found

    def _rows(self, table):
        entries, found = addnodes.index(entries=[]), []
        for row in next(table.findall(nodes.tbody)):
            symbol = _symbol(row)
            row["ids"].append(symbol["id"])
            entries["entries"] += [
                ("single", name, symbol["id"], "main", None) for name in symbol["names"]]
            found.append(symbol)
        table.parent.insert(table.parent.index(table), entries)
        return found


def _classes(node):
    return node.get("classes", ()) if isinstance(node, nodes.table) else ()


def _symbol(row):
    *cells, meaning = row.children
    code = [node.astext() for cell in cells for node in cell.findall(nodes.literal)]
    tex = [node.astext() for cell in cells for node in cell.findall(nodes.math)]
    plain = [] if code or tex else cells[0].astext().split(", ")
    names = list(dict.fromkeys([*code, *plain, *map(letters, tex)]))
    return {"id": f"symbol-{nodes.make_id(names[0])}", "names": names, "uses": {*code, *tex},
            "means": " ".join(meaning.astext().split())}


class LinkSymbols(SphinxPostTransform):
    """Link the first use of each symbol in a chapter to its row."""

    default_priority = 6

    def run(self, **kwargs):
        page = self.env.docname
        symbols = {use: (other, symbol["id"], symbol["means"])
                   for other, found in SYMBOLS.of(self.env).items()
                   for symbol in found for use in symbol["uses"]}
        linked = set() if page in NEEDS.of(self.env) else set(symbols.values())
        for node in list(self.document.findall(_is_name)):
            place = symbols.get(node.astext())
            if place and place not in linked and not _inside_link(node):
                linked.add(place)
                address = self.app.builder.get_relative_uri(page, place[0])
                link = nodes.reference("", "", internal=True, classes=["symbol"],
                                       refuri=f"{address}#{place[1]}")
                if isinstance(node, nodes.math):
                    link["reftitle"] = place[2]  # the name of a link that holds no text
                node.replace_self(link)
                link += node


def _is_name(node):
    return isinstance(node, nodes.math | nodes.literal)


def _inside_link(node):
    while node := node.parent:
        if isinstance(node, LINKS):
            return True
    return False


def setup(app):
    SYMBOLS.connect(app)
    app.add_transform(Collect)
    app.add_post_transform(LinkSymbols)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
