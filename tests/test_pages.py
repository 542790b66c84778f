"""Every page in a real Chromium, from http and from file://."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.conftest import HTML, pages

EVERY_PAGE = [*pages(), "index", "search", "genindex"]
WIDGET_PAGES = ["book/intro", "book/activations"]
WIDTHS = (320, 768, 1280)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def address(book):
    """Where the book is served: {"http": ..., "file": ...}."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(book)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {"http": f"http://127.0.0.1:{server.server_port}", "file": HTML.as_uri()}
    server.shutdown()
    server.server_close()


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
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(url, wait_until="load")
        self.page.wait_for_load_state("networkidle")

    def _console(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def foreign(self, origin):
        """Requests to anywhere but the book itself."""
        return [u for u in self.requests if not u.startswith((origin, "data:", "blob:"))]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.context.close()


@pytest.mark.parametrize("scheme", ["http", "file"])
@pytest.mark.parametrize("page", EVERY_PAGE)
def test_a_page_is_quiet_and_whole(chromium, address, page, scheme):
    """No complaint in the console, no foreign request, no sideways scrolling at any width."""
    with Visit(chromium, f"{address[scheme]}/{page}.html") as visit:
        for width in WIDTHS:
            visit.page.set_viewport_size({"width": width, "height": 900})
            needed = visit.page.evaluate("document.documentElement.scrollWidth")
            assert needed <= width, f"{page} is {needed} pixels wide at {width}"
        assert visit.complaints == []
        assert visit.foreign(address[scheme]) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("page", EVERY_PAGE)
def test_axe_finds_nothing(chromium, address, page, theme):
    url = f"{address['http']}/{page}.html"
    with Visit(chromium, url, theme, reduced_motion="reduce") as visit:  # nothing half-faded
        visit.page.evaluate("document.querySelectorAll('details').forEach((d) => d.open = true)")
        assert visit.page.evaluate("document.documentElement.dataset.theme") == theme
        found = Axe().run(visit.page, options={"resultTypes": ["violations"], **RULES})
        told = [
            f"{violation['id']}: {violation['help']}: {node['html'][:200]}"
            for violation in found.response["violations"] for node in violation["nodes"][:3]
        ]
        assert told == []


@pytest.mark.parametrize("scheme", ["http", "file"])
@pytest.mark.parametrize("page", WIDGET_PAGES)
def test_the_activation_explorer_works_by_keyboard(chromium, address, page, scheme):
    with Visit(chromium, f"{address[scheme]}/{page}.html") as visit:
        keys, widget = visit.page.keyboard, visit.page.locator(".activation-explorer")
        status = widget.get_by_role("status")
        status.filter(has_text="20 layers of ReLU").wait_for()
        function = widget.get_by_role("combobox", name="Function")
        gain = widget.get_by_role("slider", name="Gain")

        function.focus()
        keys.press("s")  # the first function whose name begins so
        status.filter(has_text="20 layers of sigmoid").wait_for()
        for _ in range(2):
            keys.press("Tab")
        assert gain.evaluate("slider => slider === document.activeElement")
        before = gain.input_value()
        keys.press("ArrowRight")
        assert float(gain.input_value()) == pytest.approx(float(before) + 0.1)
        keys.press("Tab")
        keys.press("Enter")  # start again
        status.filter(has_text="20 layers of ReLU with gain 1.4").wait_for()
        widget.get_by_role("checkbox", name="Break it").focus()
        keys.press("Space")
        status.filter(has_text="Broken on purpose").wait_for()
        assert visit.complaints == []


def test_a_widgets_focus_can_be_seen(chromium, address):
    with Visit(chromium, f"{address['http']}/book/activations.html") as visit:
        visit.page.get_by_role("combobox", name="Function").focus()
        visit.page.keyboard.press("Tab")
        width = visit.page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert float(width.removesuffix("px")) >= 2


def test_less_motion_where_it_is_asked_for(chromium, address):
    moving = """() => [...document.querySelectorAll("*")].filter((node) => {
        const style = getComputedStyle(node);
        return style.animationName !== "none" || style.transitionDuration.split(", ")
            .some((time) => parseFloat(time) > 0);
    }).map((node) => node.outerHTML.slice(0, 100))"""
    url = f"{address['http']}/book/activations.html"
    with Visit(chromium, url, reduced_motion="reduce") as visit:
        assert visit.page.evaluate(moving) == []


@pytest.mark.parametrize("page", WIDGET_PAGES)
def test_without_javascript_a_still_picture_stands_for_the_widget(chromium, address, page):
    with Visit(chromium, f"{address['http']}/{page}.html", java_script_enabled=False) as visit:
        picture = visit.page.get_by_role("img", name="through twenty layers signal and gradient")
        assert picture.is_visible()
        assert visit.page.get_by_role("heading", level=1).is_visible()


def test_figures_follow_the_theme(chromium, address):
    colours = {}
    for theme in ("light", "dark"):
        url = f"{address['http']}/book/training-loop.html"
        with Visit(chromium, url, theme) as visit:
            line = visit.page.locator("svg.themed [style*='--fig-1']").first
            colours[theme] = line.evaluate("node => getComputedStyle(node).stroke")
    assert colours["light"] != colours["dark"]
