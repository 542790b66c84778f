"""What must not pass: each mistake fails the build with its page and the reason, every time."""

import re

import pytest

from tests.small_book import SmallBook, page

CLAIM = (
    "from course_utils.experiment import claim\n"
    'claim("{0}", "Two is {0}.", measured="2", seeds=3, holds={1})'
)
SHOWS = "class Bad:\n    def _repr_html_(self):\n        raise OSError('no ink')\nBad()"
FIGURE = "---\nmystnb: {image: {alt: A line.}}\n---\nimport matplotlib.pyplot as plt\n"
PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
MISTAKES = {  # page: (its text, what the build says)
    "raises": (page("Raises", "1 / 0"), "a cell raised ZeroDivisionError: division by zero"),
    "shows": (page("Shows", SHOWS), "a cell raised OSError: no ink"),
    "draws": (page("Draws", FIGURE + 'plt.title("$\\\\nothing$");'), "shows a traceback"),
    "claims": (page("Claims", CLAIM.format("odd", False)), "the claim odd did not reproduce here"),
    "refers": (page("Refers", prose="See {ref}`nowhere`."), "nowhere"),
    "links": (page("Links", prose="See [there](no-such-page.md)."), "no-such-page"),
    "cites": (page("Cites", prose="As in {cite:p}`nobody1900`."), "nobody1900"),
    "formula": (page("Formula", prose=r"So $\frac{1}{$ holds."), "a formula cannot be rendered"),
    "no-alt": (page("No alt", PLOT), "has no alternative text"),
    "slow": (page("Slow", "sum(range(10**7))", settings="budget_s: 0.1\n"), "more than twice its"),
    "no-widget": (page("No widget", prose="```{widget} nothing\n```"), "no widget nothing"),
}
PROSE = "A page without a mistake. See [home](intro.md). It has $x$. And $y$, too."
RIGHT = page("Right", CLAIM.format("even", True), prose=PROSE, settings="budget_s: 100\n")


@pytest.fixture(scope="module")
def unbuilt(tmp_path_factory):
    pages = {name: text for name, (text, _) in MISTAKES.items()}
    return SmallBook(tmp_path_factory.mktemp("mistakes"), {**pages, "right": RIGHT})


@pytest.fixture(scope="module", params=["first build", "second build"])
def book(request, unbuilt):
    """A book with every mistake; built again, it finds everything in its caches."""
    unbuilt.build()
    return unbuilt


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_fails_the_build_with_its_page_and_reason(book, name):
    expected = MISTAKES[name][1]
    assert book.status == 1
    assert any(expected in reason for reason in book.problems[name]), book.problems
    summary = book.printed[book.printed.index("What is not right:"):]
    assert re.search(rf"book/{name}.*{re.escape(expected)}", summary), summary


def test_the_rest_of_the_book_is_built_all_the_same(book):
    assert "right" not in book.problems
    assert "A page without a mistake." in book.html("right")


def test_punctuation_stays_where_it_was_and_with_its_formula(book):
    paragraph = re.search(r"<p>A page without.*?</p>", book.html("right"), re.S)[0]
    assert re.search(r"home</span></a>\. It has <span class=\"together\">", paragraph)
    assert re.findall(r"</span>([.,]?)</span>(?= And | too)", paragraph) == [".", ","]


def test_a_claim_that_fails_is_marked_on_its_page(book):
    assert "Did not reproduce here" in book.html("claims")
    assert "Did not reproduce here" not in book.html("right")


def test_when_all_is_mended_the_next_build_passes(unbuilt):
    for name in MISTAKES:
        unbuilt[name] = page(name, "print(1)")
    assert unbuilt.build() == 0, unbuilt.printed[-2000:]
    assert unbuilt.problems == {}
