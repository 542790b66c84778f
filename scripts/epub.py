"""`make epub`: the whole book as ePub 3, from the built pages: MathML, pictures, no scripts.

Sphinx's own ePub builder would build the book a second time, and what it makes of formulas, folds
and inlined figures is not valid.
"""

import html
import itertools
import mimetypes
import re
import sys
import unicodedata
import uuid
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from book import take

STYLE = Path(__file__).with_name("epub.css")
KINDS = {".xhtml": "application/xhtml+xml", ".svg": "image/svg+xml", ".css": "text/css"}
PICTURE = re.compile(r"<svg\b[^>]*>.*?</svg>", re.S)
VARIABLE = re.compile(r"var\(--sans\)|var\(--[\w-]+, ([^()]+)\)")
SCALED = re.compile(r"calc\(([\d.]+px) \* [^;\"]*\)")
PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en"
 xml:lang="en"><head><title>{title}</title><link rel="stylesheet" href="style.css"/></head>
<body>{body}</body></html>
"""
CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>
<rootfile full-path="EPUB/content.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>
"""
PACKAGE = """<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:{identifier}</dc:identifier>
<dc:title>{title}</dc:title><dc:creator>{author}</dc:creator><dc:language>en</dc:language>
<meta property="dcterms:modified">{modified}</meta>
<meta property="schema:accessMode">textual</meta><meta property="schema:accessMode">visual</meta>
<meta property="schema:accessModeSufficient">textual</meta>
<meta property="schema:accessibilityFeature">alternativeText</meta>
<meta property="schema:accessibilityFeature">MathML</meta>
<meta property="schema:accessibilityFeature">tableOfContents</meta>
<meta property="schema:accessibilityHazard">none</meta>
</metadata>
<manifest>{manifest}</manifest>
<spine>{spine}</spine>
</package>
"""


def picture(svg):
    """An inlined figure as a file of its own: plain colours and sizes, for readers without CSS."""
    svg = VARIABLE.sub(lambda match: match[1] or "sans-serif", SCALED.sub(r"\1", svg))
    if "xmlns=" not in svg:
        svg = svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    return svg


class Pack:
    """The files of the ePub, and what its list says of each."""

    def __init__(self):
        self.files = {}  # name: (content, properties)

    def add(self, name, content, properties=""):
        """Take a file in; return its name."""
        self.files[name] = content, properties
        return name

    def page(self, name, title, body, properties=""):
        text = PAGE.format(title=html.escape(title), body=body)
        found = (properties, "mathml" if "<math" in body else "")
        self.add(f"{name}.xhtml", text, " ".join(filter(None, found)))

    def package(self, title, author):
        """The list of everything, and the order in which it is read."""
        manifest, spine = [], []
        for number, (name, (_, properties)) in enumerate(self.files.items()):
            kind = KINDS.get(Path(name).suffix) or mimetypes.guess_type(name)[0]
            more = f' properties="{properties}"' if properties else ""
            manifest.append(f'<item id="f{number}" href="{name}" media-type="{kind}"{more}/>')
            if name.endswith(".xhtml"):
                spine.append(f'<itemref idref="f{number}"/>')
        return PACKAGE.format(
            title=html.escape(title), author=html.escape(author), spine="".join(spine),
            identifier=uuid.uuid5(uuid.NAMESPACE_DNS, title), manifest="".join(manifest),
            modified=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        )

    def write(self, path, package):
        """The archive: first its type, uncompressed, as the format asks."""
        inside = {f"EPUB/{name}": content for name, (content, _) in self.files.items()}
        files = {"META-INF/container.xml": CONTAINER, "EPUB/content.opf": package, **inside}
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
            for name, content in files.items():
                archive.writestr(name, content, zipfile.ZIP_DEFLATED)


def pictures_out(pack, page):
    """A change to a page's HTML: its inlined figures become files of the pack."""
    def take_out(match):
        label = re.search(r'\baria-label="([^"]*)"', match[0].split(">", 1)[0])
        if not label:  # an ornament
            return ""
        name = pack.add(f"{page}-{len(pack.files)}.svg", picture(match[0]))
        return f'<img src="{name}" alt="{label[1]}">'

    return lambda text: PICTURE.sub(take_out, text)


def simplify(article, pack):
    """Formulas as MathML alone, folds open, forms as text, pictures from the pack."""
    from articles import HTML

    node = article.node
    for part in node.select("form, fieldset, legend, label"):
        part.name = "span" if part.name == "label" else "div"
        part.attrs = {key: part[key] for key in ("id", "class") if part.has_attr(key)}
    for formula in node.select(".katex"):
        maths = formula.find("math").extract()
        for note in maths.select("annotation"):
            note.decompose()
        for letter in maths.select('[mathvariant="bold"]'):  # which today's browsers leave out
            letter.string = bold(letter.get_text())
        (formula.find_parent(class_="katex-display") or formula).replace_with(maths)
    for code in node.select("details.hide"):  # of figures, as on paper
        code.decompose()
    for fold in node.select("details"):
        fold.name = "div"
        fold.attrs = {"class": ["fold", *fold.get("class", ())]}
        title = fold.find("summary")
        title.name, title.attrs = "div", {"class": "fold-title"}
    for image in node.select("img"):
        image.attrs.pop("loading", None)
        if image["src"] not in pack.files:
            path = HTML / article.inside(image["src"])[0]
            image["src"] = pack.add(path.name, path.read_bytes())
    for wide in node.select("[tabindex]"):
        del wide["tabindex"]


def bold(text):
    """Latin letters in the bold form that mathematics has for them."""
    def one(letter):
        size = "CAPITAL" if letter.isupper() else "SMALL"
        return unicodedata.lookup(f"MATHEMATICAL BOLD {size} {letter}")

    return re.sub("[A-Za-z]", lambda match: one(match[0]), text)


def navigation(articles):
    """The table of contents: parts, chapters and their sections."""
    lines = []
    for part, group in itertools.groupby(articles, lambda article: article.part):
        inner = "".join(map(entry, group))
        if part:
            inner = f"<li><span>{html.escape(part)}</span><ol>{inner}</ol></li>"
        lines.append(inner)
    return f'<nav epub:type="toc"><h1>Contents</h1><ol>{"".join(lines)}</ol></nav>'


def entry(article):
    """A page and its sections, as an item of the table of contents."""
    address = f"{article.name}.xhtml"
    inner = "".join(f'<li><a href="{address}#{heading.parent["id"]}">'
                    f"{html.escape(heading.get_text())}</a></li>"
                    for heading in article.node.select("section[id] > h2"))
    inner = f"<ol>{inner}</ol>" if inner else ""
    return f'<li><a href="{address}">{html.escape(article.title)}</a>{inner}</li>'


def write(folder):
    """Pack the whole book into `folder`."""
    from articles import AUTHORS, TITLE, WHOLE, articles

    pack = Pack()
    pack.add("style.css", STYLE.read_text(encoding="utf-8"))
    chosen = articles(lambda page: pictures_out(pack, page))
    pack.page("nav", "Contents", navigation(chosen), "nav")
    names = {article.page: article.name for article in chosen}
    for article in chosen:
        article.relink(names, lambda name, place: f"{name}.xhtml" + (place and f"#{place}"))
        simplify(article, pack)
        pack.page(article.name, article.title, article.node.decode_contents())
    pack.write(folder / f"{WHOLE}.epub", pack.package(TITLE, AUTHORS))


def main():
    from articles import TAKEN

    TAKEN.mkdir(exist_ok=True)
    write(TAKEN)


if __name__ == "__main__":
    sys.exit(main() if sys.argv[1:] == ["pack"] else take(__file__, "book", "pack"))
