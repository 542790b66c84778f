"""What needs what: `needs:` in the front matter of the chapters, drawn and told.

`needs: [training-loop]` names the chapters that one builds on; `needs: []` stands in a chapter
that needs none. Of this come the `{chapter-map}` and the line before "previous" and "next".
"""

from pathlib import PurePosixPath

from docutils import nodes
from freshness import front_matter
from notes import PageNotes, reading_order
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)
NEEDS = PageNotes("needs")  # chapter -> (slugs of the chapters that it needs, line)
SHOWING = PageNotes("showing_map")
ROW, WIDTH = 3.2, 4.5  # height of a row, width of the column of arcs, in rem


class map_place(nodes.General, nodes.Element):
    """Where the map goes."""


class ChapterMap(SphinxDirective):
    """A list of the chapters with an arc from each to those that need it."""

    def run(self):
        SHOWING.of(self.env)[self.env.docname] = True
        return [map_place()]


def note_needs(app, docname, source):
    """Remember which chapters a chapter needs, and on which line it says so."""
    settings = front_matter(source[0])
    if "needs" in settings:
        before = source[0].partition("\nneeds:")[0]
        NEEDS.of(app.env)[docname] = settings["needs"] or [], before.count("\n") + 2


def links(env):
    """{chapter: the chapters that it needs}, both in the order of the table of contents."""
    chapters = [page for page in reading_order(env) if page in NEEDS.of(env)]
    named = {PurePosixPath(page).name: page for page in chapters}
    needs = {page: [named.get(slug) for slug in NEEDS.of(env)[page][0]] for page in chapters}
    return {page: [other for other in chapters if other in needs[page]] for page in chapters}


def check(app, env):
    """Warn of needs that are no chapter, or that come later."""
    earlier = set()
    slugs = {PurePosixPath(page).name for page in NEEDS.of(env)}
    for page in links(env):
        needs, line = NEEDS.of(env)[page]
        for slug in needs:
            if slug not in earlier:
                what = "comes later in _toc.yml" if slug in slugs else "is no chapter"
                logger.warning("needs %s, which %s", slug, what, location=(page, line),
                               type="course", subtype="needs")
        earlier.add(PurePosixPath(page).name)


class DrawMap(SphinxPostTransform):
    """The parts of the table of contents that have chapters, a row for each chapter."""

    default_priority = 5

    def run(self, **kwargs):
        for node in list(self.document.findall(map_place)):
            self.needs, self.rows = links(self.env), {}
            box = nodes.container(classes=["chapter-map"])
            root = self.env.get_doctree(self.config.root_doc)
            for toctree in root.findall(addnodes.toctree):
                if chapters := [p for p in toctree["includefiles"] if p in self.needs]:
                    self.rows[toctree["caption"]] = len(self.rows)
                    box += nodes.paragraph("", toctree["caption"] or "", classes=["caption"])
                    box += nodes.bullet_list("", *(self._row(page) for page in chapters))
            node.replace_self(box)

    def _row(self, page):
        self.rows[page] = len(self.rows)
        above = [self.rows[page] - self.rows[p] for p in self.needs[page] if p in self.rows]
        address = self.app.builder.get_relative_uri(self.env.docname, page)
        link = nodes.reference("", self.env.titles[page].astext(), internal=True, refuri=address)
        told = nodes.inline("", told_needs(self.env, self.needs[page]), classes=["needs"])
        arcs = nodes.raw("", drawing(above), format="html")
        return nodes.list_item("", nodes.paragraph("", "", arcs, link, nodes.Text(" "), told))


def told_needs(env, pages):
    """ "needs A, B", or that nothing is needed."""
    titles = ", ".join(env.titles[page].astext() for page in pages)
    return f"needs {titles}" if titles else "needs no other chapter"


def drawing(above):
    """A row's dot and its arcs from rows above, as SVG; one unit is one rem."""
    dot, middle = WIDTH - 0.5, ROW / 2
    arcs = "".join(_arc(rows, dot, middle) for rows in above)
    return (f'<svg aria-hidden="true" viewBox="0 0 {WIDTH} {ROW}">{arcs}'
            f'<circle cx="{dot}" cy="{middle}" r="0.22"/></svg>')


def _arc(rows, dot, middle):
    reach = 4 / 3 * (WIDTH - 0.8) * (1 - 0.7 ** rows)  # the longer, the further left
    top, left = middle - rows * ROW, dot - reach
    return (f'<path d="M{dot:.2f} {top + 0.22:.2f}C{left:.2f} {top + 0.5:.2f} {left:.2f} '
            f'{middle:.2f} {dot - 0.3:.2f} {middle:.2f}m-.3-.2l.3.2l-.3.2"/>')


def add_lineage(app, page, template, context, doctree):
    """What a chapter needs and leads to, for lineage.html."""
    needs = links(app.env)
    leads = [other for other, needed in needs.items() if page in needed]
    context["lineage"] = [
        (word, [(app.env.titles[p].astext(), context["pathto"](p)) for p in pages])
        for word, pages in (("Needs", needs.get(page, ())), ("Leads to", leads)) if pages
    ]


def showing_pages(app, env):
    """Pages with the map are always written again: they are few."""
    return list(SHOWING.of(env))


def setup(app):
    NEEDS.connect(app)
    SHOWING.connect(app)
    app.add_node(map_place)
    app.add_directive("chapter-map", ChapterMap)
    app.add_post_transform(DrawMap)
    app.connect("source-read", note_needs, priority=400)  # before freshness rewrites it
    app.connect("env-updated", check)
    app.connect("env-get-updated", showing_pages)
    app.connect("html-page-context", add_lineage)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
