"""Maths rendered when the book is built: KaTeX runs here, in V8, and the page needs no script.

KaTeX's script, style sheet and fonts lie in `katex/`, all of one version: a style sheet of another
version shows wrong sizes without any error.
"""

import json
import shutil
from functools import cache
from pathlib import Path

from docutils.nodes import SkipNode
from py_mini_racer import MiniRacer
from sphinx.errors import ExtensionError

KATEX = Path(__file__).parent / "katex"
OPTIONS = {"throwOnError": True, "strict": "error", "output": "htmlAndMathml"}


@cache
def _engine():
    engine = MiniRacer()
    script = (KATEX / "katex.min.js").read_text(encoding="utf-8")
    engine.eval(f"var module = {{exports: {{}}}}, exports = module.exports; {script}; 1")
    return engine


@cache
def render(tex, display):
    """HTML with MathML inside for `tex`; raises ExtensionError with the formula that fails."""
    options = json.dumps({**OPTIONS, "displayMode": display})
    call = f"module.exports.renderToString({json.dumps(tex)}, {options})"
    try:
        return _engine().eval(call)
    except Exception as error:
        reason = str(error).splitlines()[0]
        raise ExtensionError(f"this formula cannot be rendered: {tex!r}: {reason}") from error


def visit_inline(self, node):
    self.body.append(f'<span class="math">{render(node.astext(), False)}</span>')
    raise SkipNode


def visit_block(self, node):
    tex = node.astext()
    if "\\\\" in tex and "\\begin" not in tex:
        tex = rf"\begin{{aligned}}{tex}\end{{aligned}}"
    self.body.append(self.starttag(node, "div", CLASS="math-block", tabindex="0", role="group"))
    if number := node.get("number"):
        self.body.append(f'<span class="eqno">({number})</span>')
    self.body.append(render(tex, True) + "</div>\n")
    raise SkipNode


def copy_files(app, error):
    """The style sheet and the fonts go with the pages; the script stays here."""
    if error or app.builder.format != "html":
        return
    target = Path(app.outdir) / "_static" / "katex"
    shutil.copytree(KATEX, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.js"))


def setup(app):
    app.add_html_math_renderer("katex_at_build", (visit_inline, None), (visit_block, None))
    app.config.html_math_renderer = "katex_at_build"
    app.add_css_file("katex/katex.min.css")
    app.connect("build-finished", copy_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
