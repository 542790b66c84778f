"""`{widget} name`: a widget of course_utils in the page, without a kernel, a server or a network.

A browser refuses module scripts and fetches from `file://`, but not a module made of a text. So a
page loads a classic script that holds the unchanged source of the widget's module, and
`_static/widgets.js` imports it from there. Without JavaScript the still picture stays.
"""

import html
import json
from importlib.util import find_spec
from pathlib import Path

from docutils import nodes
from notes import PageNotes
from sphinx.util.docutils import SphinxDirective

WIDGETS = PageNotes("widgets")  # page -> names of its widgets


def source_of(name, ending):
    """The widget's file with this ending: .js, .css or .svg."""
    package = Path(find_spec("course_utils").submodule_search_locations[0])
    return package / "widgets" / f"{name.replace('-', '_')}{ending}"


class Widget(SphinxDirective):
    """The place of a widget, with its still picture."""

    required_arguments = 1

    def run(self):
        name = self.arguments[0]
        if not source_of(name, ".js").is_file():
            raise self.error(f"there is no widget {name}: {source_of(name, '.js').name} is missing")
        for ending in (".js", ".css", ".svg"):
            self.env.note_dependency(str(source_of(name, ending)))
        WIDGETS.of(self.env).setdefault(self.env.docname, set()).add(name)
        still = source_of(name, ".svg")
        picture = still.read_text(encoding="utf-8") if still.is_file() else ""
        opening = f'<figure class="widget" data-widget="{html.escape(name, quote=True)}">'
        return [nodes.raw("", f"{opening}{picture}</figure>", format="html")]


def write_files(app, env):
    """Each widget's script and style sheet, before the pages that load them are written."""
    if app.builder.format != "html":
        return
    folder = Path(app.outdir, "_static", "widgets")
    folder.mkdir(parents=True, exist_ok=True)
    for name in set().union(*WIDGETS.of(env).values()):
        module = source_of(name, ".js").read_text(encoding="utf-8")
        script = f"registerWidget({json.dumps(name)}, {json.dumps(module)});\n"
        (folder / f"{name}.js").write_text(script, encoding="utf-8")
        if (style := source_of(name, ".css")).is_file():
            text = style.read_text(encoding="utf-8")
            (folder / f"{name}.css").write_text(text, encoding="utf-8")


def add_files(app, page, template, context, doctree):
    """A page with a widget loads the loader and the widget's files, and no other page does."""
    if names := WIDGETS.of(app.env).get(page):
        app.add_js_file("widgets.js", loading_method="defer")
        for name in sorted(names):
            app.add_js_file(f"widgets/{name}.js", loading_method="defer")
            if source_of(name, ".css").is_file():
                app.add_css_file(f"widgets/{name}.css")


def setup(app):
    WIDGETS.connect(app)
    app.add_directive("widget", Widget)
    app.connect("env-updated", write_files)
    app.connect("html-page-context", add_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
