"""A page's HTML as Markdown that every notebook shows: no directives, no roles, no scripts."""

import re
from urllib.parse import urljoin, urlsplit

from markdownify import ATX, MarkdownConverter

PART = re.compile(r"^@@(cell|widget|part) (\S+)@@$", re.M)
APPARATUS = ".headerlink, .take, script, style, button, svg, a.button, input, select"


def marker(soup, kind, what):
    """A paragraph that `PART` finds again in the Markdown."""
    paragraph = soup.new_tag("p")
    paragraph.string = f"@@{kind} {what}@@"
    return paragraph


def split(text):
    """The text in triples: kind and name of a marker, and what stands between it and the next."""
    start, *rest = PART.split(text)
    return [("start", "", start), *zip(rest[::3], rest[1::3], rest[2::3], strict=True)]


def plain(soup, here):
    """The Markdown of the page at the address `here`; without one, links within the book go."""
    for node in soup.select(APPARATUS):
        node.decompose()
    for node in soup.find_all(hidden=True):
        node.decompose()
    return re.sub(r"\n{3,}", "\n\n", Plain(here).convert_soup(soup))


class Plain(MarkdownConverter):
    """Formulas from their TeX; admonitions, folds, captions and definitions as notebooks have."""

    def __init__(self, here):
        super().__init__(heading_style=ATX, bullets="-", escape_underscores=True)
        self.here = here

    def convert_a(self, node, text, parent_tags):
        target = node.get("href", "")
        if not urlsplit(target).scheme:
            if not self.here:
                return text
            target = urljoin(self.here, target)
        return f"[{text}]({target})" if target else text

    def convert_span(self, node, text, parent_tags):
        formula = tex(node) if "math" in node.get("class", ()) else ""
        return f"${formula}$" if formula else text

    def convert_div(self, node, text, parent_tags):
        classes = node.get("class", ())
        if "math-block" in classes and tex(node):
            number = node.select_one(".eqno")
            tag = rf" \tag{{{number.get_text().strip('()')}}}" if number else ""
            return f"\n\n$$\n{tex(node)}{tag}\n$$\n\n"
        if "admonition" in classes and "<details>" not in text:
            return "\n" + self.convert_blockquote(node, text, parent_tags)
        return super().convert_div(node, text, parent_tags)

    def convert_aside(self, node, text, parent_tags):
        return "\n" + self.convert_blockquote(node, text, parent_tags)

    def convert_p(self, node, text, parent_tags):
        if "admonition-title" in node.get("class", ()):
            text = f"**{text.strip()}**"
        return super().convert_p(node, text, parent_tags)

    def convert_details(self, node, text, parent_tags):
        return f"\n\n<details>{text.rstrip()}\n\n</details>\n\n"

    def convert_summary(self, node, text, parent_tags):
        return f"<summary>{' '.join(text.split())}</summary>\n\n"

    def convert_figcaption(self, node, text, parent_tags):
        return "\n\n" + re.sub(r"^(\S+ \d+) ", r"**\1.** ", text.strip()) + "\n\n"

    def convert_dt(self, node, text, parent_tags):
        return f"\n\n**{text.strip()}**: "

    def convert_dd(self, node, text, parent_tags):
        return f"{text.strip()}\n\n"


def tex(node):
    """The source of a formula, which KaTeX leaves in its MathML; "" where it has refused one."""
    note = node.find("annotation")
    return note.get_text().strip() if note else ""
