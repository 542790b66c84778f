"""What is wrong with the pages of a site, seen in a browser: faults by kind, each with its page.

`survey` visits every page of the table of contents of a built site, from a sub-path of a host, from
`file://` and with JavaScript off. `test_pages.py` runs it over the book, `test_page_checks.py`
over a small site with one planted fault of each kind.
"""

from collections import defaultdict
from pathlib import Path
from urllib.parse import unquote, urldefrag

import nbformat
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from serve import served

SUB_PATH = "/some/where/"
WIDTHS = (320, 390, 768, 1280)
MOST_WEIGHT, MOST_PICTURE, MOST_INLINE = 150 * 1024, 60 * 1024, 40 * 1024  # bytes, gzipped; as sent
WEIGHED = ("document", "stylesheet", "script", "font")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
LEAST_ALT = 15  # characters
EXTRA_PAGES = ("index.html", "search.html", "genindex.html")
KINDS = (
    "weight", "picture", "origin", "console", "overflow", "axe light", "axe dark", "keyboard",
    "alt", "table", "heading", "link", "notebook", "file", "no script",
)
SCRIPTS = (Path(__file__).parent / "page_checks.js").read_text(encoding="utf-8")


def contents(folder):
    """The pages in the table of contents of a built site, and those that every site has."""
    soup = BeautifulSoup((folder / "search.html").read_text(encoding="utf-8"), "html.parser")
    links = [a["href"] for a in soup.select("a.navbar-brand, nav.bd-links a[href]")]
    return list(dict.fromkeys([*map(_without_anchor, links), *EXTRA_PAGES]))


def _without_anchor(link):
    return urldefrag(link).url


class Visit:
    """A page in a browser window of its own, with what it complained about and asked for."""

    def __init__(self, browser, url, theme="light", width=1280, **settings):
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, **settings
        )
        self.page = self.context.new_page()
        self.complaints, self.requests = [], []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("requestfailed", lambda request: self.complaints.append(f"no {request.url}"))
        self.page.on("request", lambda request: self.requests.append(request))
        self.page.goto(url, wait_until="load")
        self.page.wait_for_load_state("networkidle")

    def _console(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def foreign(self, base):
        """Addresses that were asked for and are not the site's own."""
        own = (base, "data:", "blob:")
        return [one.url for one in self.requests if not one.url.startswith(own)]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.context.close()


def survey(browser, folder):
    """{kind: ["page: what is wrong", ...]} for every page of a built site."""
    faults, facts = defaultdict(list), {}
    with served(folder, SUB_PATH) as base:
        for page in contents(folder):
            for kind, fault in _visits(browser, folder, base, page, facts):
                faults[kind].append(f"{page}: {fault}")
        for page, fact in facts.items():
            faults["link"] += [f"{page}: {one}" for one in links(fact, folder, base, facts)]
            faults["notebook"] += [f"{page}: {one}" for one in notebooks(fact, folder, base)]
    return faults


def _visits(browser, folder, base, page, facts):
    """Pairs of kind and fault of one page, which leaves its facts in `facts`."""
    with Visit(browser, base + page, reduced_motion="reduce") as visit:
        yield from (("origin", url) for url in visit.foreign(base))
        yield from weight(visit)
        yield from (("overflow", fault) for fault in overflow(visit.page))
        yield from (("keyboard", fault) for fault in keyboard(visit.page))
        facts[page] = visit.page.evaluate(f"{SCRIPTS}; facts({LEAST_ALT}, {MOST_INLINE})")
        for kind in ("alt", "table", "heading", "picture"):
            yield from ((kind, fault) for fault in facts[page][kind])
        for theme in ("light", "dark"):
            yield from ((f"axe {theme}", fault) for fault in axe(visit.page, theme))
        yield from (("console", complaint) for complaint in visit.complaints)
    with Visit(browser, (folder / page).as_uri()) as visit:
        yield from (("file", fault) for fault in visit.complaints + visit.foreign(folder.as_uri()))
    with Visit(browser, base + page, java_script_enabled=False) as visit:
        yield from (("no script", fault) for fault in hidden(visit.page))


def weight(visit):
    """What the page's text, styles, scripts and fonts weigh together, and each picture alone."""
    visit.page.evaluate("scrollTo(0, document.body.scrollHeight)")  # loads lazy pictures
    visit.page.wait_for_load_state("networkidle")
    sent = [(one, one.sizes()["responseBodySize"]) for one in visit.requests
            if one.url.startswith("http") and one.response()]
    total = sum(size for one, size in sent if one.resource_type in WEIGHED)
    if total > MOST_WEIGHT:
        yield "weight", f"{total / 1024:.0f} KiB, at most {MOST_WEIGHT / 1024:.0f}"
    for one, size in sent:
        if one.resource_type == "image" and size > MOST_PICTURE:
            yield "picture", f"{one.url} has {size / 1024:.0f} KiB, at most {MOST_PICTURE // 1024}"


def overflow(page):
    """Widths at which the page scrolls sideways."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        needed = page.evaluate("document.documentElement.scrollWidth")
        if needed > width:
            yield f"{needed} pixels wide at {width}"


def keyboard(page):
    """Whether the skip link comes first, everything can be reached, and focus can be seen."""
    page.evaluate(f"{SCRIPTS}; watchFocus()")
    for _ in range(page.evaluate("wanted.length + 60")):
        page.keyboard.press("Tab")
        if page.evaluate("cameRound()"):
            break
    else:
        yield "the focus does not come round"
    yield from page.evaluate("focusFaults()")
    page.evaluate("scrollTo(0, 0); document.activeElement.blur()")


def axe(page, theme):
    """What axe finds with every fold open."""
    page.emulate_media(color_scheme=theme)
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    if page.evaluate("document.documentElement.dataset.theme") not in (theme, None):
        yield f"the page is not {theme}"
    options = {"resultTypes": ["violations"], "runOnly": RULES}
    for violation in Axe().run(page, options=options).response["violations"]:
        for node in violation["nodes"][:3]:
            yield f"{violation['id']}: {violation['help']}: {node['html'][:200]}"


def hidden(page):
    """Text of the article that cannot be seen without scripts."""
    yield from page.evaluate(f"{SCRIPTS}; hiddenText()")


def links(fact, folder, base, facts):
    """Links that lead to no page, or to no place on it; other sites are not asked."""
    yield from (f"the id {name} is there twice" for name in fact["repeated"])
    for link in fact["links"]:
        url, anchor = map(unquote, urldefrag(link))
        if url.startswith(base):
            page = url.removeprefix(base) or "index.html"
            if not (folder / page).is_file():
                yield f"{link} does not exist"
            elif anchor and page in facts and anchor not in facts[page]["ids"]:
                yield f"{link} has no such place"
        elif url.startswith(base.removesuffix(SUB_PATH)):
            yield f"{link} leads out of the book"


def notebooks(fact, folder, base):
    """Notebooks that the page offers and that are none."""
    for link in fact["links"]:
        if link.startswith(base) and link.endswith(".ipynb"):
            try:
                nbformat.validate(nbformat.read(folder / unquote(link.removeprefix(base)), 4))
            except (OSError, ValueError, nbformat.ValidationError) as error:
                yield f"{link}: {str(error)[:200]}"
