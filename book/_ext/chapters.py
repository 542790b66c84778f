"""What the instructor's pages ask about the chapters: order, minutes, graded exercises."""

import re
from dataclasses import dataclass
from pathlib import Path

from chapter_map import NEEDS
from docutils import nodes
from notes import PageNotes
from sphinx.util import logging

logger = logging.getLogger(__name__)
CHAPTERS = PageNotes("chapters")  # page -> Chapter
MINUTES = re.compile(r"(\d+) minutes to read")


@dataclass
class Chapter:
    """A page with the label `ch-<slug>`, and what its line *You need* says."""

    page: str
    title: str
    minutes: int

    @property
    def slug(self):
        return self.page.rpartition("/")[2]


def note(app, doctree):
    """Remember the page, if it is a chapter."""
    page = app.env.docname
    if f"ch-{Chapter(page, '', 0).slug}" not in doctree.nameids:
        return
    need = next((node for node in doctree.findall(nodes.admonition) if "need" in node["classes"]),
                nodes.admonition())
    minutes = MINUTES.search(need.astext())
    needs, _ = NEEDS.of(app.env).get(page, (None, 0))
    for missing in _missing(need, minutes, needs):
        logger.warning("a chapter says %s", missing, location=need if need.source else page,
                       type="course", subtype="chapter")
    title = next(doctree.findall(nodes.title)).astext()
    CHAPTERS.of(app.env)[page] = Chapter(page, title, int(minutes[1]) if minutes else 0)


def _missing(need, minutes, needs):
    """What a chapter does not say although it should, in words."""
    if not minutes:
        yield "in its line “You need” how many “minutes to read” it takes"
    if needs is None:
        yield "in its front matter which chapters it `needs:`"
    linked = {xref["reftarget"].rpartition("/")[2].removeprefix("ch-")
              for xref in need.findall() if "reftarget" in xref}
    for slug in set(needs or ()) - linked:
        yield f"in its line “You need” what its front matter says: a link to {slug} is missing"


def in_order(env):
    """The chapters in the order of the table of contents."""
    found = CHAPTERS.of(env)
    return [found[page] for page in env.collect_relations() if page in found]


def find(env, slug):
    """The chapter with this name, or None."""
    return next((one for one in CHAPTERS.of(env).values() if one.slug == slug), None)


def exercise(env, slug):
    """The graded exercise of a chapter; None where its source is missing or cannot be read.

    The card on the chapter's page has warned of that.
    """
    from course_utils.exercises import source

    try:
        return source.read(Path(env.srcdir, "solutions", f"{slug}.py"))
    except (FileNotFoundError, source.SourceError):
        return None


def setup(app):
    CHAPTERS.connect(app)
    app.connect("doctree-read", note)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
