"""Slides of each chapter, made from its page: one file in `_static/slides/` that needs no other.

`slide_makers.py` says what becomes a slide; `deck/` holds the look and the keys.
"""

import base64
import re
from html import escape
from pathlib import Path
from string import Template

import formula_fonts
from chapters import CHAPTERS
from slide_makers import slides_of
from stylesheets import names_in_page, names_in_script, pruned
from widgets import WIDGETS

DECK = Path(__file__).parent / "deck"
STATIC = DECK.parents[1] / "_static"
FOLDER = "_static/slides"  # of the built book
IMAGE = re.compile(r'(?<= src=")[^":]*/_images/([^"]+)')
KINDS = {".svg": "image/svg+xml", ".png": "image/png"}


def text_of(*paths):
    return "\n".join(path.read_text(encoding="utf-8") for path in paths if path.is_file())


def data_address(path):
    """The file as an address that holds it."""
    data = base64.b64encode(path.read_bytes()).decode()
    return f"data:{KINDS[path.suffix]};base64,{data}"


def style(app, html, page, widgets):
    """The look of the book and of these widgets as far as the slides use it, and their own."""
    names = names_in_page(f"{html}{text_of(DECK / 'deck.html')}") | names_in_script(script(widgets))
    sheets = [STATIC / name for name, _ in app.config.html_css_files]
    sheets += [widget.with_suffix(".css") for widget in widgets]
    formulas = formula_fonts.style(names, formula_fonts.characters(page))
    return f"{formulas}\n{pruned(text_of(*sheets, DECK / 'deck.css'), names)}"


def script(widgets):
    """The keys, and the widgets with what starts them."""
    starter = [STATIC / "widgets.js"] if widgets else []
    text = text_of(DECK / "deck.js", *starter, *(widget.with_suffix(".js") for widget in widgets))
    return text.replace("</", "<\\/")


def deck(name, slides, style, script):
    """The text of the file."""
    template = Template(text_of(DECK / "deck.html"))
    return template.substitute(title=escape(name), style=style, slides=slides, script=script)


def sections(slides):
    """The slides' HTML, from pairs of kind and content."""
    return "\n".join(
        f'<section class="slide {kind}-slide" tabindex="-1" aria-label="{number} of {len(slides)}">'
        f"<div>{html}</div></section>" for number, (kind, html) in enumerate(slides, 1)
    )


def write(app, page, template, context, doctree):
    """The slides of a chapter, when its page is written."""
    chapter = CHAPTERS.of(app.env).get(page)
    if chapter is None or app.builder.name != "html":
        return
    files = {name: Path(app.srcdir, file) for file, name in app.builder.images.items()}
    body = IMAGE.sub(lambda image: data_address(files[image[1]]), context["body"])
    slides = sections(slides_of(body))
    widgets = [Path(app.outdir, "_static", "widgets", name)
               for name in sorted(WIDGETS.of(app.env).get(page, ()))]
    target = Path(app.outdir, FOLDER, f"{chapter.slug}.html")
    target.parent.mkdir(parents=True, exist_ok=True)
    text = deck(chapter.title, slides, style(app, slides, body, widgets), script(widgets))
    target.write_text(text, encoding="utf-8")


def setup(app):
    app.connect("html-page-context", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
