"""What a reader does on a page: forms for its questions, and the place of the reader's progress.

The forms of `asks.py`'s lists are run by `_static/reading.js`, which only pages with one load;
without it and on paper they read as the lists. What it keeps stays in the reader's browser.
"""

from html import escape
from string import ascii_uppercase as LETTERS

from docutils import nodes
from notes import PageNotes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

KEEPING = PageNotes("keeping")  # pages that need the script
FIELD = '<label><input type="radio" name="{0}" value="{1}" required><b>{1}</b><span>'
BUTTONS = {
    "prediction": '<p class="act"><button>Commit</button> '
    '<button value="-" formnovalidate>Go on without an answer</button></p>'
    '<p class="said" role="status" tabindex="-1"></p>',
    "quiz": '<p class="act"><button>Check</button></p><div role="status">',
}
PANEL = """<div class="kept"><p role="status"></p><p class="act">
<button type="button" name="save">Save as a file</button>
<button type="button" name="load">Load a file</button>
<button type="button" name="delete">Delete</button>
<input type="file" accept=".json" aria-label="File with your progress" hidden></p></div>"""


def raw(text):
    return nodes.raw("", text, format="html")


class Keeping(SphinxDirective):
    """`{your-reading}`: what the browser has kept, with buttons to save, load and delete it."""

    def run(self):
        KEEPING.of(self.env)[self.env.docname] = True
        return [raw(PANEL)]


def note_page(app, doctree):
    """A page with questions loads the script; below what one needs it says how far one is."""
    boxes = list(doctree.findall(nodes.admonition))
    if any("ask" in box["classes"] for box in boxes):
        KEEPING.of(app.env)[app.env.docname] = True
        for box in boxes:
            if "need" in box["classes"]:
                box.parent.insert(box.parent.index(box) + 1, raw('<p class="progress"></p>'))


class Forms(SphinxPostTransform):
    """Forms instead of lists."""

    default_priority = 400
    builders = ("html", "dirhtml")

    def run(self, **kwargs):
        for box in list(self.document.findall(nodes.admonition)):
            if "ask" in box["classes"]:
                box.replace_self(self._form(box))

    def _form(self, box):
        title, *rest = box.children
        name, kind = escape(box["ids"][0]), box["classes"][1]
        box["ids"], box["classes"] = [], []  # they go to the form
        options = next(one for one in rest if "options" in one["classes"])
        for letter, item in zip(LETTERS, options, strict=False):
            item[0].insert(0, raw(FIELD.format(name, letter)))
            item[0] += raw("</span></label>")
        answers = [rest.pop(), raw("</div>")] if kind == "quiz" else []
        return [raw(f'<form class="ask {kind}" id="{name}" autocomplete="off"><fieldset><legend>'),
                nodes.inline("", "", *title.children), raw("</legend>"), *rest,
                raw(BUTTONS[kind]), *answers, raw("</fieldset></form>")]


def add_script(app, page, template, context, doctree):
    if page in KEEPING.of(app.env):
        app.add_js_file("reading.js", loading_method="defer")


def setup(app):
    KEEPING.connect(app)
    app.add_directive("your-reading", Keeping)
    app.add_post_transform(Forms)
    app.connect("doctree-read", note_page)
    app.connect("html-page-context", add_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
