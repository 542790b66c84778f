"""Maths rendered when the book is built: KaTeX runs here, in V8, and the page needs no script.

KaTeX's script, style sheet and fonts lie in `katex/`, all of one version: with a style sheet of
another version sizes are wrong without any error.
"""

import html
import json
import re
import shutil
from functools import cache
from pathlib import Path

from docutils import nodes
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

logger = logging.getLogger(__name__)
KATEX = Path(__file__).parent / "katex"
OPTIONS = {"throwOnError": True, "strict": "error", "output": "htmlAndMathml"}
CLOSE = re.compile(r"[^\s\w]\S*")  # after a formula: a comma, a bracket, a hyphen and its word
# KaTeX would number these by itself; the numbers are Sphinx's, which references use
UNNUMBERED = {"align": "aligned", "alignat": "alignedat", "gather": "gathered", "equation": "split"}


@cache
def _engine():
    engine = MiniRacer()
    script = (KATEX / "katex.min.js").read_text(encoding="utf-8")
    engine.eval(f"var module = {{exports: {{}}}}, exports = module.exports; {script}; 1")
    return engine


@cache
def render(tex, display):
    """HTML with MathML inside; raises ValueError with what KaTeX says about a bad formula."""
    options = json.dumps({**OPTIONS, "displayMode": display})
    call = f"module.exports.renderToString({json.dumps(tex)}, {options})"
    try:
        return _engine().eval(call)
    except JSEvalException as error:
        reason = re.search(r"ParseError: (.*)", str(error))
        raise ValueError(reason[1] if reason else str(error)) from error


def prepared(node):
    """The TeX of a formula as KaTeX takes it."""
    tex = node.astext()
    if isinstance(node, nodes.math):
        return tex
    tex = re.sub(r"\\(begin|end)\{(\w+)\*?\}", _unnumbered, tex)
    if "\\\\" in tex and "\\begin" not in tex:
        tex = rf"\begin{{aligned}}{tex}\end{{aligned}}"
    return tex


def _unnumbered(match):
    return rf"\{match[1]}{{{UNNUMBERED[match[2]]}}}" if match[2] in UNNUMBERED else match[0]


def check(app, doctree):
    """Warn of every formula that cannot be rendered, with its page and line."""
    for node in doctree.findall(lambda node: isinstance(node, nodes.math | nodes.math_block)):
        try:
            render(prepared(node), isinstance(node, nodes.math_block))
        except ValueError as error:
            logger.warning("a formula cannot be rendered: %s: %s", node.astext().strip(), error,
                           location=node, type="course", subtype="formula")


def _html(node):
    """The rendered formula, or its source where it is wrong (the check has warned)."""
    try:
        return render(prepared(node), isinstance(node, nodes.math_block))
    except ValueError:
        return f"<code>{html.escape(node.astext())}</code>"


class KeepTogether(SphinxPostTransform):
    """No line begins with the comma that follows a formula."""

    default_priority = 400
    builders = ("html", "dirhtml")

    def run(self, **kwargs):
        for math in list(self.document.findall(nodes.math)):
            parent, place = math.parent, math.parent.index(math)
            following = next(iter(parent[place + 1 : place + 2]), None)
            close = CLOSE.match(following) if isinstance(following, nodes.Text) else None
            if close:
                together = nodes.inline("", "", math, nodes.Text(close[0]), classes=["together"])
                parent[place : place + 2] = [together, nodes.Text(following[close.end():])]


def visit_inline(self, node):
    self.body.append(f'<span class="math">{_html(node)}</span>')
    raise nodes.SkipNode


def visit_block(self, node):
    number = node.get("number")
    name = f"Equation {number}" if number else "Formula"
    # a wide formula scrolls by itself, by keyboard as well
    self.body.append(self.starttag(node, "div", CLASS="math-block", tabindex="0", role="group",
                                   **{"aria-label": name}))
    if number:
        self.body.append(f'<span class="eqno">({number})</span>')
    self.body.append(f"{_html(node)}</div>\n")
    raise nodes.SkipNode


def add_style(app, page, template, context, doctree):
    """Only pages with maths load the style sheet, and with it the fonts."""
    if 'class="katex' in context.get("body", ""):
        app.add_css_file("katex/katex.min.css", priority=200)


def copy_files(app, error):
    """The style sheet and the woff2 fonts go with the pages; the script stays here."""
    if error or app.builder.format != "html":
        return
    target = Path(app.outdir, "_static", "katex")
    shutil.copytree(KATEX, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.js"))


def setup(app):
    app.add_html_math_renderer("katex", (visit_inline, None), (visit_block, None))
    app.config.html_math_renderer = "katex"
    app.add_post_transform(KeepTogether)
    app.connect("doctree-read", check)
    app.connect("html-page-context", add_style)
    app.connect("build-finished", copy_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
