"""Slides of each chapter, made from its page: `slides/<slug>.html`, one file that needs no other.

`slide_makers.py` says what becomes a slide; `deck/` holds the look and the keys.
"""

import base64
import re
from html import escape
from pathlib import Path
from string import Template

from chapters import CHAPTERS
from katex_math import KATEX
from slide_makers import slides_of
from widgets import WIDGETS

DECK = Path(__file__).parent / "deck"
STATIC = DECK.parents[1] / "_static"
IMAGE = re.compile(r'(?<= src=")[^":]*/_images/([^"]+)')
FACE = re.compile(r"@font-face\{[^}]*\}")
FONT = re.compile(r"url\((fonts/[^)]*\.woff2)\)[^;}]*")
FAMILY = re.compile(r"([^{}]+)\{[^}]*(KaTeX_\w+)")
KINDS = {".svg": "image/svg+xml", ".png": "image/png", ".woff2": "font/woff2"}


def text_of(*paths):
    return "\n".join(path.read_text(encoding="utf-8") for path in paths if path.is_file())


def data_address(path):
    """The file as an address that holds it."""
    data = base64.b64encode(path.read_bytes()).decode()
    return f"data:{KINDS[path.suffix]};base64,{data}"


def formula_style(html):
    """KaTeX's style sheet, with those of its fonts inside that these formulas may need."""
    style = text_of(KATEX / "katex.min.css")
    classes = set(" ".join(re.findall(r'class="([^"]*)"', html)).split())
    needed = {family for selector, family in FAMILY.findall(FACE.sub("", style))
              if classes & set(re.findall(r"\.([\w-]+)", selector.rpartition(" ")[2]))}
    style = FACE.sub(lambda face: face[0] * any(family in face[0] for family in needed), style)
    return FONT.sub(lambda font: f"url({data_address(KATEX / font[1])})", style)


def style(app, html, widgets):
    """The look of the book, of its formulas and of these widgets, and of slides on top."""
    sheets = [STATIC / name for name, _ in app.config.html_css_files]
    sheets += [widget.with_suffix(".css") for widget in widgets]
    return f"{formula_style(html)}\n{text_of(*sheets, DECK / 'deck.css')}"


def script(widgets):
    """The keys, and the widgets with what starts them."""
    starter = [STATIC / "widgets.js"] if widgets else []
    text = text_of(DECK / "deck.js", *starter, *(widget.with_suffix(".js") for widget in widgets))
    return text.replace("</", "<\\/")


def deck(name, slides, style, script):
    """The text of the file, from pairs (kind, HTML)."""
    told = "\n".join(
        f'<section class="slide {kind}-slide" tabindex="-1" aria-label="{number} of {len(slides)}">'
        f"<div>{html}</div></section>" for number, (kind, html) in enumerate(slides, 1)
    )
    template = Template(text_of(DECK / "deck.html"))
    return template.substitute(title=escape(name), style=style, slides=told, script=script)


def write(app, page, template, context, doctree):
    """The slides of a chapter, when its page is written."""
    chapter = CHAPTERS.of(app.env).get(page)
    if chapter is None or app.builder.name != "html":
        return
    files = {name: Path(app.srcdir, file) for file, name in app.builder.images.items()}
    body = IMAGE.sub(lambda image: data_address(files[image[1]]), context["body"])
    slides = slides_of(body)
    shown = "".join(html for _, html in slides)
    widgets = [Path(app.outdir, "_static", "widgets", name)
               for name in sorted(WIDGETS.of(app.env).get(page, ()))]
    target = Path(app.outdir, "slides", f"{chapter.slug}.html")
    target.parent.mkdir(exist_ok=True)
    text = deck(chapter.title, slides, style(app, shown, widgets), script(widgets))
    target.write_text(text, encoding="utf-8")


def setup(app):
    app.connect("html-page-context", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
