"""What must not be stale: a changed helper or number makes just the pages that use it new."""

import pytest

from tests.small_book import SmallBook, page

ALONE = page("Alone", "print('nothing imported')")
QUOTING = "# Quoting\n\nThe other page has {glue:text}`making.md::number:.0f`.\n"
MAKING = page(
    "Making", "from myst_nb import glue\nfrom course_utils import numbers",
    'glue("number", numbers.NUMBER)',
)
CLAIMING = """from course_utils import numbers
from course_utils.experiment import claim
claim("number", "There is a number.", measured=str(numbers.NUMBER), seeds=3, holds=True)"""


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    pages = {
        "alone": ALONE, "quoting": QUOTING, "making": MAKING,
        "claiming": page("Claiming", CLAIMING), "ledger": "# Ledger\n\n```{ledger}\n```\n",
    }
    book = SmallBook(tmp_path_factory.mktemp("freshness"), pages)
    (book.folder / "course_utils" / "numbers.py").write_text("NUMBER = 1234\n")
    assert book.build() == 0, book.printed[-2000:]
    assert book.executed == {"alone", "making", "claiming"}
    assert "1234" in book.html("quoting")
    return book


def test_an_unchanged_book_runs_nothing(book):
    assert book.build() == 0
    assert book.executed == set()


def test_a_changed_helper_reruns_the_pages_that_import_it_and_shows_the_new_number(book):
    (book.folder / "course_utils" / "numbers.py").write_text("NUMBER = 5678\n")
    assert book.build() == 0, book.printed[-2000:]
    assert book.executed == {"making", "claiming"}
    for name in ("making", "quoting", "claiming", "ledger"):
        assert "5678" in book.html(name), name
        assert "1234" not in book.html(name), name


def test_changed_prose_runs_nothing(book):
    book["alone"] = ALONE + "\nOne more sentence.\n"
    assert book.build() == 0
    assert book.executed == set()
    assert "One more sentence." in book.html("alone")
