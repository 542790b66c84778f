"""`{goals} slug` and `{room-questions} slug`: what a chapter's guide for instructors can generate.

Both show parts of the chapter itself, so that the guide never says anything else than it does.
"""

from chapters import exercise, find
from claims import CLAIMS, WORDS
from docutils import nodes
from exercise_card import counted
from notes import PageNotes
from slides import FOLDER
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)
SHOWING = PageNotes("showing_guides")


class goals(nodes.General, nodes.Element):
    """Where a chapter's goals go."""


class room_questions(nodes.General, nodes.Element):
    """Where its questions go."""


class OfChapter(SphinxDirective):
    """A place that is filled when all chapters are known."""

    required_arguments = 1
    place = None

    def run(self):
        SHOWING.of(self.env)[self.env.docname] = True
        node = self.place(slug=self.arguments[0])
        self.set_source_info(node)
        return [node]


class Goals(OfChapter):
    """Minutes and points, what students can say and have written afterwards, what is settled."""

    place = goals


class RoomQuestions(OfChapter):
    """The chapter's quizzes, with the answer to every option."""

    place = room_questions


class FillGuides(SphinxPostTransform):
    """Early, so that the copied references are resolved from the guide's page."""

    default_priority = 5

    def run(self, **kwargs):
        for kind, fill in ((goals, self._goals), (room_questions, self._questions)):
            for node in list(self.document.findall(kind)):
                chapter = find(self.env, node["slug"])
                if chapter is None:
                    logger.warning("there is no chapter %s", node["slug"], location=node,
                                   type="course", subtype="chapter")
                node.replace_self(fill(chapter) if chapter else [])

    def _goals(self, chapter):
        work = exercise(self.env, chapter.slug)
        told = [self._facts(chapter, work)]
        source = self.env.get_doctree(chapter.page)
        summary = next((s for s in source.findall(nodes.section) if "summary" in s["ids"]), ())
        said = [item for part in summary if isinstance(part, nodes.bullet_list) for item in part]
        told += titled("Afterwards students can explain:", map(self._copy, said))
        told += titled("The page settles, by measuring:", map(self._claim, self._claims(chapter)))
        if work:
            tasks = (item(nodes.Text(task.title)) for task in work.tasks.values())
            told += titled("In the graded exercise they write and train:", tasks)
        return told

    def _facts(self, chapter, work):
        facts = nodes.paragraph("", "", self._link(chapter, chapter.title), classes=["facts"])
        facts += nodes.Text(f" · {counted(chapter.minutes, 'minute')} to read")
        if work:
            facts += nodes.Text(f" · {counted(len(work.tasks), 'task')} to hand in, "
                                f"{counted(work.points, 'point')}, about {work.minutes} minutes")
        if self.app.builder.name == "html":
            up = "../" * self.env.docname.count("/")
            address = f"{up}{FOLDER}/{chapter.slug}.html"
            slides = nodes.reference("", "slides", internal=True, refuri=address)
            facts += [nodes.Text(" · "), slides]
        return facts

    def _link(self, chapter, text, anchor=""):
        address = self.app.builder.get_relative_uri(self.env.docname, chapter.page) + anchor
        return nodes.reference("", text, internal=True, refuri=address)

    def _claims(self, chapter):
        return ((chapter, record) for record in CLAIMS.of(self.env).get(chapter.page, ())
                if record["verdict"] in ("holds", "refuted", "undecided"))

    def _claim(self, told):
        chapter, record = told
        found = self._copy(nodes.list_item("", record["nodes"]["statement"]))
        link = self._link(chapter, WORDS[record["verdict"]].lower(), f"#claim-{record['id']}")
        found[0] += [nodes.Text(" "), nodes.inline("", "", link,
                                                   classes=["verdict", record["verdict"]])]
        return found

    def _questions(self, chapter):
        source = self.env.get_doctree(chapter.page)
        found = [self._copy(box) for box in source.findall(nodes.admonition)
                 if "quiz" in box["classes"]]
        for box in found:
            box["classes"] = ["quiz"]  # a list with its answers instead of a form
        return found

    def _copy(self, node):
        """A part of a chapter for this page; its references start from here."""
        copy = node.deepcopy()
        for reference in copy.findall(addnodes.pending_xref):
            reference["refdoc"] = self.env.docname
        return copy


def item(*inline):
    return nodes.list_item("", nodes.paragraph("", "", *inline))


def titled(words, items):
    """A list below its words; nothing where the list is empty."""
    found = nodes.bullet_list("", *items)
    return [nodes.paragraph("", words), found] if len(found) else []


def showing_pages(app, env):
    """Guides are always written again: they are few, and show other pages."""
    return list(SHOWING.of(env))


def setup(app):
    SHOWING.connect(app)
    for node in (goals, room_questions):
        app.add_node(node)
    app.add_directive("goals", Goals)
    app.add_directive("room-questions", RoomQuestions)
    app.add_post_transform(FillGuides)
    app.connect("env-get-updated", showing_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
