"""What a link to a page looks like where it is shared: title, summary, and a picture.

The picture of a chapter has its title, its question and what came of its claims; other pages take
that of the first page. Programs that show it want a whole address: set `html: baseurl:` in
_config.yml when the site has one.
"""

import html
import textwrap
from collections import Counter
from pathlib import Path
from urllib.parse import urljoin

from chapter_map import NEEDS
from claims import WORDS, in_order
from contents import QUESTIONS
from docutils import nodes

SIZE, DPI = (12, 6.3), 100  # inches, dots an inch: 1200 by 630 pixels


def draw(path, title, question, book, below):
    """One picture, in the colours of the figures."""
    from matplotlib import style
    from matplotlib.figure import Figure

    from course_utils import plotting

    with style.context(plotting.STYLE):
        figure = Figure(SIZE, DPI)
        figure.set_layout_engine("none")
        lines = textwrap.wrap(title, 26)[:2]
        serif = {"family": "DejaVu Serif", "va": "top"}
        figure.text(0.07, 0.86, "\n".join(lines), size=50, linespacing=1.15, **serif)
        figure.text(0.07, 0.68 - 0.14 * (len(lines) - 1), textwrap.fill(question, 48), size=27,
                    linespacing=1.4, alpha=0.75, **serif)
        rule = figure.add_axes((0.07, 0.2, 0.86, 0.001))
        rule.set(xticks=[], yticks=[])
        figure.text(0.07, 0.14, book, size=21, weight="bold", va="top")
        figure.text(0.93, 0.14, below, size=21, va="top", ha="right", alpha=0.75)
        figure.savefig(path, dpi=DPI)


def has_card(app, page):
    """The first page and the chapters have pictures of their own."""
    return page == app.config.root_doc or page in NEEDS.of(app.env)


def make(app, page):
    """The picture of a page."""
    path = Path(app.outdir, "_static", "cards", f"{page.replace('/', '-')}.png")
    path.parent.mkdir(parents=True, exist_ok=True)
    own = page != app.config.root_doc
    found = Counter(WORDS[claim["verdict"]].lower() for claim in in_order(app.env)
                    if not own or claim["page"] == page)
    below = " · ".join(f"{count} {word}" for word, count in found.most_common(3))
    question = _plain(QUESTIONS.of(app.env).get(page))
    draw(path, app.env.titles[page].astext(), question.partition(".")[0] if not own else question,
         app.config.project if own else "A textbook and a course", below)


def _plain(paragraph):
    return " ".join(paragraph.astext().split()) if paragraph is not None else ""


def add_tags(app, page, template, context, doctree):
    """The tags of a page that has a source."""
    if doctree is None or app.builder.format != "html":
        return
    if has_card(app, page):
        make(app, page)
    card = page if has_card(app, page) else app.config.root_doc
    summary = next((node for node in doctree.findall(nodes.paragraph)
                    if "summary" in node["classes"]), None)
    picture = f"_static/cards/{card.replace('/', '-')}.png"
    base = app.config.html_baseurl
    tags = {
        "og:type": "article", "og:site_name": app.config.project,
        "og:title": app.env.titles[page].astext(), "og:description": _plain(summary),
        "og:image": urljoin(base, picture) if base else context["pathto"](picture, 1),
        "og:image:width": "1200", "og:image:height": "630",
        "og:url": urljoin(base, app.builder.get_target_uri(page)) if base else "",
    }
    lines = [_tag("property", name, content) for name, content in tags.items() if content]
    lines += [_tag("name", "description", _plain(summary))] if summary is not None else []
    lines += [_tag("name", "twitter:card", "summary_large_image")]
    context["metatags"] = "\n".join([context.get("metatags", ""), *lines])


def _tag(kind, name, content):
    return f'<meta {kind}="{name}" content="{html.escape(content)}" />'


def setup(app):
    app.connect("html-page-context", add_tags)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
