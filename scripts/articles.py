"""The built pages as articles, in the order of the table of contents: for paper and for ePub."""

import posixpath
import re
import sys
from copy import copy
from urllib.parse import urlsplit

import yaml
from bs4 import BeautifulSoup
from environment import ROOT

sys.path.append(str(ROOT / "book" / "_ext"))
from citing import front_page, read
from notebooks import FOLDER
from take_along import stem

HTML = ROOT / "_build" / "html"
TITLE, AUTHORS, COPYRIGHT = front_page(read(ROOT))
TAKEN = HTML / FOLDER
WHOLE = stem(TITLE)
APPARATUS = (".headerlink, .take, .start, a.button, button, input, select, script, noscript, "
             "[hidden]")
IDS = ("id", "for", "aria-labelledby", "aria-describedby", "aria-controls")


class Article:
    """One page: `name` for its files and anchors, its title, the part that it is in, its text."""

    def __init__(self, page, part="", change=lambda text: text):
        self.page, self.part, self.name = page, part, page.removeprefix("book/").replace("/", "-")
        text = (HTML / f"{page}.html").read_text(encoding="utf-8")
        soup = BeautifulSoup(change(text), "html.parser")
        self.styles = [link["href"] for link in soup.select("head link[rel=stylesheet]")]
        self.node = soup.select_one("article.bd-article")
        for node in self.node.select(APPARATUS):
            node.decompose()
        self._move_answers()
        self.title = self.node.h1.get_text()
        self.ran_code = self.node.select_one("div.cell") is not None

    def _move_answers(self):
        """Put the answers to quizzes at the end: beside its options an answer is read too early."""
        answers = self.node.select(".ask .answers")
        if not answers:
            return
        end = BeautifulSoup('<section id="answers"><h2>Answers</h2></section>', "html.parser")
        for answer in answers:
            question = copy(answer.find_parent(class_="ask").legend)
            question.name, question["class"] = "p", "question"
            box = end.new_tag("div", attrs={"class": "ask"})
            box.extend([question, answer.extract()])
            end.section.append(box)
        self.node.section.append(end.section)

    def inside(self, address):
        """The path in the site and the anchor that an address on this page means; None if none."""
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            return None
        folder = posixpath.dirname(self.page)
        path = posixpath.normpath(posixpath.join(folder, parts.path)) if parts.path else ""
        return path or f"{self.page}.html", parts.fragment

    def relink(self, names, address):
        """Lead links to the pages in `names` to `address(name, anchor)`; make others plain text."""
        for link in self.node.select("a[href]"):
            if (found := self.inside(link["href"])) is None:
                continue
            path, anchor = found
            if (name := names.get(path.removesuffix(".html"))) is None:
                link.unwrap()
            else:
                link["href"] = address(name, anchor)

    def own_ids(self):
        """Put the article's name before its ids and what refers to them, links excepted."""
        for node in self.node.find_all(True):
            for key in filter(node.has_attr, IDS):
                node[key] = " ".join(f"{self.name}--{one}" for one in node[key].split())
            for key, value in node.attrs.items():
                if isinstance(value, str) and "url(#" in value:
                    node[key] = value.replace("url(#", f"url(#{self.name}--")
                elif key in ("href", "xlink:href") and node.name == "use":
                    node[key] = re.sub("^#", f"#{self.name}--", value)


def pages():
    """The pages of the table of contents, each with the part that it is in."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    yield toc["root"], ""
    for part in toc["parts"]:
        for name in files(part["chapters"]):
            yield name, part["caption"]


def files(entries):
    """The pages of a list in the table of contents, with those of its sections."""
    for entry in entries:
        if "glob" in entry:
            yield from sorted(path.relative_to(ROOT).with_suffix("").as_posix()
                              for path in ROOT.glob(f"{entry['glob']}.md"))
        else:
            yield entry["file"]
            yield from files(entry.get("sections", ()))


def articles(change=lambda name: lambda text: text):
    """All pages of the built book; `change(name)` is what is done to a page's HTML before."""
    return [Article(page, part, change(page.split("/")[-1])) for page, part in pages()]
