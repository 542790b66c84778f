"""What the instructor's pages ask about the chapters: order, minutes, needs, graded exercises."""

import re
from dataclasses import dataclass
from pathlib import Path

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
    needs: tuple = ()  # pages

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
    if not minutes:
        logger.warning("a chapter says in its line “You need” how many “minutes to read” it takes",
                       location=need if need.source else page, type="course", subtype="chapter")
    title = next(doctree.findall(nodes.title)).astext()
    targets = {xref["reftarget"].strip("/") for xref in need.findall() if "reftarget" in xref}
    CHAPTERS.of(app.env)[page] = Chapter(page, title, int(minutes[1]) if minutes else 0,
                                         tuple(sorted(targets)))


def in_order(env):
    """The chapters in the order of the table of contents."""
    found = CHAPTERS.of(env)
    return [found[page] for page in env.collect_relations() if page in found]


def check_order(app, env):
    """No chapter stands before one that it needs."""
    seen, known = set(), CHAPTERS.of(env)
    for chapter in in_order(env):
        for need in chapter.needs:
            if need in known and need not in seen:
                logger.warning("it needs the chapter %s, which comes later in _toc.yml",
                               known[need].title, location=chapter.page,
                               type="course", subtype="chapter")
        seen.add(chapter.page)


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
    app.connect("env-check-consistency", check_order)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
