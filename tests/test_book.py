"""The built book as a whole: its claims, and what every page of it holds."""

import json
import re

import pytest

from course_utils.cli import main
from course_utils.exercises.source import read
from tests.conftest import ROOT, pages

LEAST_SEEDS = 3


@pytest.fixture(scope="module")
def claims(book):
    return json.loads((book / "claims.json").read_text())


def test_the_book_makes_claims(claims):
    assert len(claims) >= 10
    assert {"holds", "refuted", "cited"} <= {claim["verdict"] for claim in claims}


def test_every_claim_came_out_as_declared(claims):
    assert [claim["id"] for claim in claims if not claim["reproduced"]] == []


def test_every_measured_claim_has_seeds_and_a_number(claims):
    for claim in claims:
        if claim["verdict"] in ("holds", "refuted", "undecided") and not claim["timing"]:
            assert int(claim["seeds"]) >= LEAST_SEEDS, claim["id"]
            assert re.search(r"\d", claim["measured"]), claim["id"]


def test_the_ledger_shows_every_claim_with_a_link_to_its_place(book, claims):
    ledger = (book / "book" / "claim-ledger.html").read_text()
    for claim in claims:
        slug = claim["page"].removeprefix("book/")
        assert f'href="{slug}.html#claim-{claim["id"]}"' in ledger
        assert f'id="claim-{claim["id"]}"' in (book / f"{claim['page']}.html").read_text()


def test_a_row_of_the_ledger_stays_a_row_when_it_is_shown_as_a_block(book, claims):
    ledger = (book / "book" / "claim-ledger.html").read_text()
    assert ledger.count('<tr role="row"') > ledger.count('<th role="rowheader"') >= len(claims)
    assert not re.search(r"<t[hrd](?! role=)[ >]", re.search(r"<table.*?</table>", ledger, re.S)[0])


def test_a_solution_is_inside_its_fold(book):
    html = (book / "book" / "training-loop.html").read_text()
    assert re.search(r'<details class="fold solution" id="[^"]+">'
                     r"<summary>Solution</summary><div>\s*<section>", html)


def test_the_command_lists_the_same_claims(claims, capsys):
    assert main(["claims", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == claims
    assert main(["claims"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(claims)


@pytest.mark.parametrize("page", pages())
def test_a_page_is_whole(book, page):
    html = (book / f"{page}.html").read_text()
    assert "Traceback (most recent call last)" not in html
    assert "Did not reproduce here" not in html
    for leftover in ("{glue:", "{cite:", "{ref}", "{term}", ":class:"):
        assert leftover not in re.sub(r"<pre.*?</pre>", "", html, flags=re.S), leftover


def test_the_first_page_leads_to_the_book(book):
    assert "book/intro.html" in (book / "index.html").read_text()


def test_no_inlined_figure_is_heavier_than_its_limit(book):
    for page in pages():
        html = (book / f"{page}.html").read_text()
        for svg in re.findall(r"<svg[^>]*themed.*?</svg>", html, re.S):
            assert len(svg.encode()) <= 40 * 1024, f"{page}: {len(svg.encode())} bytes"


def test_generated_notebooks_and_the_book_hold_no_machine_paths(book):
    for page in pages():
        assert str(ROOT) not in (book / f"{page}.html").read_text(), page


@pytest.mark.parametrize("source", sorted((ROOT / "solutions").glob("*.py")), ids=lambda p: p.stem)
def test_the_instructors_table_has_every_wrong_answer(book, source):
    page = (book / "book" / "teaching" / "guides" / f"{source.stem}.html").read_text()
    wrong = sum(len(task.wrong) for task in read(source).tasks.values())
    assert len(re.findall(r"<td[^>]*><p>\d+ of \d+</p></td>", page)) == wrong
