"""Every page in a real Chromium: what is wrong with it, and what its widgets do."""

import pytest
from serve import served

from tests.page_checks import KINDS, SUB_PATH, Visit, survey

WIDGET_PAGES = ["book/intro", "book/activations"]


@pytest.fixture(scope="module")
def faults(chromium, book):
    """What is wrong with the pages of the book, by kind."""
    return survey(chromium, book)


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_page_has_a_fault(faults, kind):
    assert faults[kind] == []


@pytest.fixture(scope="module")
def address(book):
    """Where the book is: {"http": ..., "file": ...}."""
    with served(book, SUB_PATH) as url:
        yield {"http": url.rstrip("/"), "file": book.as_uri()}


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
