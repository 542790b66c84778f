"""`{contents-list}`: the parts and pages of the book, each with the question that it answers."""

from docutils import nodes
from notes import PageNotes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

QUESTIONS = PageNotes("questions")  # page -> a paragraph: its question, or its summary
SHOWING = PageNotes("showing_contents")


class place(nodes.General, nodes.Element):
    """Where the list goes."""


class ContentsList(SphinxDirective):
    """Made from _toc.yml, which is the only list of the chapters."""

    def run(self):
        SHOWING.of(self.env)[self.env.docname] = True
        return [place()]


def note_question(app, doctree):
    """Remember what a page is about: the title of its question, or else its summary."""
    for node in doctree.findall(nodes.Element):
        classes = node.get("classes", ())
        if "question" in classes or "summary" in classes:
            told = node[0] if "question" in classes else node
            copies = [child.deepcopy() for child in told.children]
            QUESTIONS.of(app.env)[app.env.docname] = nodes.paragraph("", "", *copies)
            if "question" in classes:
                return


class FillContents(SphinxPostTransform):
    """One list a part, in the order of the table of contents."""

    default_priority = 5

    def run(self, **kwargs):
        for node in list(self.document.findall(place)):
            root = self.env.get_doctree(self.config.root_doc)
            box = nodes.container(classes=["contents"])
            box += [self._part(toctree) for toctree in root.findall(addnodes.toctree)]
            node.replace_self(box)

    def _part(self, toctree):
        part = nodes.container(classes=["part"])
        caption = nodes.strong("", toctree["caption"] or "")
        part += nodes.paragraph("", "", caption)
        pages = nodes.definition_list()
        pages += [self._page(page) for page in toctree["includefiles"]]
        part += pages
        return part

    def _page(self, page):
        address = self.app.builder.get_relative_uri(self.env.docname, page)
        title = self.env.titles[page].astext()
        link = nodes.reference("", title, internal=True, refuri=address)
        question = QUESTIONS.of(self.env).get(page, nodes.paragraph()).deepcopy()
        definition = nodes.definition("", question)
        return nodes.definition_list_item("", nodes.term("", "", link), definition)


def showing_pages(app, env):
    """Pages with the list are always written again: they are few."""
    return list(SHOWING.of(env))


def setup(app):
    QUESTIONS.connect(app)
    SHOWING.connect(app)
    app.add_node(place)
    app.add_directive("contents-list", ContentsList)
    app.add_post_transform(FillContents)
    app.connect("doctree-read", note_question)
    app.connect("env-get-updated", showing_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
