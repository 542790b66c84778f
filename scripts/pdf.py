"""`make pdf`: each chapter and the whole book as PDF, printed by Chromium from the built pages."""

import html
import sys
from pathlib import Path

import browser

from book import take

ORIGIN = "http://book/"  # nowhere: what is asked for there comes from the folder of built pages
WIDTH = 552  # pixels between the margins of a page, 146 mm
PAPER = Path(__file__).with_name("paper.css")
DOCUMENT = """<!DOCTYPE html>
<html lang="en" data-theme="light">
<head><meta charset="utf-8"><title>{title}</title>{styles}<style>{paper}</style></head>
<body><main class="bd-main"><div class="bd-content"><div class="bd-article-container">
{articles}
</div></div></main></body></html>"""
TOO_WIDE = """() => [...document.querySelectorAll("article *")].filter((node) => {
  if (node.closest("svg, .katex-mathml, .katex-html > *")) return false;
  const style = getComputedStyle(node), box = node.getBoundingClientRect();
  if (style.display === "inline" || !box.width) return false;
  const cut = style.overflowX !== "visible" && node.scrollWidth > node.clientWidth + 4;
  return cut || box.right > innerWidth + 1;
}).map((node) => [node.closest("article").id, node.localName, node.textContent.trim()])"""


def document(chosen, title, front=""):
    """The HTML of some articles as one text, with links between them."""
    names = {article.page: article.name for article in chosen}
    styles = dict.fromkeys(article.inside(style)[0] for article in chosen
                           for style in article.styles)
    for article in chosen:
        for section in article.node.select("section:has(> .contents)"):
            section.decompose()  # the book has its own, with page numbers
        article.own_ids()
        article.relink(names, anchor)
        article.node["id"] = article.name
        for picture in article.node.select("img"):
            picture["src"] = ORIGIN + article.inside(picture["src"])[0]
    links = "".join(f'<link rel="stylesheet" href="{ORIGIN}{style}">' for style in styles)
    return DOCUMENT.format(
        title=html.escape(title), styles=links, paper=PAPER.read_text(encoding="utf-8"),
        articles=front + "".join(str(article.node) for article in chosen),
    )


def anchor(name, place):
    return f"#{name}--{place}" if place else f"#{name}"


def title_page(title, owners):
    """The first page of the whole book."""
    title, owners = html.escape(title), html.escape(owners)
    return (f'<article class="bd-article front"><p class="book-title">{title}</p>'
            f'<p class="book-author">© {owners}</p></article>')


def contents(chosen, numbers):
    """The table of contents with page numbers; without them in the first of two prints."""
    lines, part = [], ""
    for article in chosen:
        if article.part != part:
            part = article.part
            lines.append(f'<p class="book-part">{html.escape(part)}</p>')
        link = f'<a href="#{article.name}">{html.escape(article.title)}</a>'
        number = numbers.get(article.name, 0)
        lines.append(f'<p class="book-entry">{link} <span>{number}</span></p>')
    return f'<article class="bd-article contents"><h2>Contents</h2>{"".join(lines)}</article>'


class Printer:
    """Prints with a running Chromium, which asks nothing of the network."""

    def __init__(self, chromium, folder):
        self.chromium, self.folder = chromium, folder

    def _answer(self, route):
        path = self.folder / route.request.url.removeprefix(ORIGIN).split("?")[0]
        if route.request.url == ORIGIN:
            route.fulfill(body=self.text, content_type="text/html; charset=utf-8")
        elif route.request.url.startswith(ORIGIN) and path.is_file():
            route.fulfill(path=path)
        else:
            route.abort()

    def print(self, text, path):
        """Write the PDF of a document; return what paper would cut off, one line each."""
        self.text = text
        page = self.chromium.new_page(viewport={"width": WIDTH, "height": 800})
        page.route("**/*", self._answer)
        page.emulate_media(media="print", color_scheme="light")
        page.goto(ORIGIN, wait_until="load")
        page.evaluate("document.fonts.ready")
        cut = [f"{where}: {tag} is too wide: {' '.join(words.split())[:60]}"
               for where, tag, words in page.evaluate(TOO_WIDE)]
        page.pdf(path=path, prefer_css_page_size=True, print_background=True, outline=True,
                 tagged=True)
        page.close()
        return cut


def page_numbers(path):
    """The page on which each named place of a PDF is, counted from 1."""
    from pypdf import PdfReader

    reader = PdfReader(path)
    places = reader.named_destinations
    return {name.strip("/"): reader.get_destination_page_number(place) + 1
            for name, place in places.items()}


def write(printer, folder):
    """Print the chapters and the whole book into `folder`; return what is cut off."""
    from articles import TITLE, articles

    for article in articles():
        if article.ran_code:
            title = f"{article.title} · {TITLE}"
            path = folder / f"{article.page.rsplit('/', 1)[-1]}.pdf"
            printer.print(document([article], title), path)
    return write_whole(printer, folder)


def write_whole(printer, folder):
    """Print the whole book, twice: only then are the numbers of its pages known."""
    from articles import COPYRIGHT, TITLE, WHOLE, articles

    path, numbers = folder / f"{WHOLE}.pdf", {}
    for _ in range(2):
        chosen = articles()
        front = title_page(TITLE, COPYRIGHT) + contents(chosen[1:], numbers)
        cut = printer.print(document(chosen, TITLE, front), path)
        numbers = page_numbers(path)
    return cut


def main():
    from articles import HTML, TAKEN
    from playwright.sync_api import sync_playwright

    if (path := browser.ensure()) is None:
        return 1
    TAKEN.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        cut = write(Printer(chromium, HTML), TAKEN)
        chromium.close()
    for line in cut:
        print(line)
    return int(bool(cut))


if __name__ == "__main__":
    sys.exit(main() if sys.argv[1:] == ["print"] else take(__file__, "pdf", "print"))
