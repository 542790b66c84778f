"""Finding, citing, trusting: search, index, previews, map, provenance, citations, cards."""

import json
import re
from types import SimpleNamespace

import citing
import experiments
import made
import pytest
import yaml

from tests.conftest import ROOT, pages
from tests.small_book import SmallBook, page
from tests.test_pages import Visit, address  # noqa: F401 (a fixture)

PERSON = {"family-names": "Lovelace", "given-names": "Ada"}
FACTS = {"title": "A book: with a subtitle", "authors": [PERSON, {"name": "A group"}],
         "date-released": "2026-01-02", "version": "1.2.3"}
CELLS = [
    "from course_utils.experiment import claim, repeat",
    "def first(seed):\n    return helper(seed)\ndef helper(seed):\n    return seed",
    "runs = repeat(first, seeds=(4, 5, 6))",
    "most = runs.mean",
    'claim("one", "It is one.", holds=most == 1, seeds=3)',
    "table = [helper(n) for n in range(3)]",
    'claim("two", "It is two.", holds=table[1] == 2)',
    'claim("three", "It is three.", holds=True)',
]


def chapters():
    """The pages of the table of contents that say what they need."""
    return [name for name in pages()
            if re.search(r"^needs:", (ROOT / f"{name}.md").read_text(), re.M)]


# What needs what ------------------------------------------------------------------------


WRONG_NEEDS = {
    "early": "needs: [late, nothing]\nbudget_s: 9\n",
    "late": "budget_s: 9\nneeds: [early]\n",
}


@pytest.fixture(scope="module")
def wrong_needs(tmp_path_factory):
    small = SmallBook(tmp_path_factory.mktemp("needs"), {
        name: page(name.title(), settings=settings) for name, settings in WRONG_NEEDS.items()})
    assert small.build() == 1
    return small


@pytest.mark.parametrize(("slug", "reason"), [
    ("late", "comes later"), ("nothing", "is no chapter"),
])
def test_a_wrong_need_fails_the_build_with_its_line(wrong_needs, slug, reason):
    assert any(f"needs {slug}, which {reason}" in told for told in wrong_needs.problems["early"])
    assert re.search(rf"book/early.*, line 5: needs {slug}", wrong_needs.printed)
    assert "late" not in wrong_needs.problems


def test_the_map_has_every_chapter_and_an_arc_for_every_need(book):
    text = (book / "book" / "map.html").read_text()
    drawn = re.search(r'<div class="chapter-map.*?</article>', text, re.S)[0]
    settings = [yaml.safe_load((ROOT / f"{name}.md").read_text().split("---\n")[1])
                for name in chapters()]
    assert drawn.count("<circle") == len(chapters()) > 1
    assert drawn.count("<path") == sum(len(setting["needs"]) for setting in settings) > 0
    for name in chapters():
        assert f'href="{name.removeprefix("book/")}.html"' in drawn


def test_a_chapter_says_what_it_needs_and_where_it_leads(book):
    for name, before, after in (("training-loop", "preliminaries", "activations"),
                                ("activations", "training-loop", None)):
        told = (book / "book" / f"{name}.html").read_text()
        lineage = re.search(r'class="lineage".*?</nav>', told, re.S)[0]
        assert f'<p>Needs <a href="{before}.html"' in lineage
        assert (f'<p>Leads to <a href="{after}.html"' in lineage) == bool(after)


def test_every_page_with_cells_and_claims_says_what_it_needs():
    for name in pages():
        if "claim(" in (ROOT / f"{name}.md").read_text():
            assert name in chapters(), f"{name}.md has no `needs:` in its front matter"


# Search, index, previews ----------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["http", "file"])
@pytest.mark.parametrize(("query", "first"), [
    ("softmax", "softmax (glossary term, in Glossary)"),
    ("cross-entropy", "cross-entropy (glossary term, in Glossary)"),
    ("cross entropy", "cross-entropy (glossary term, in Glossary)"),
    ("learning rate", "learning rate (glossary term, in Glossary)"),
    ("W", "W (symbol, in Notation)"),
    ("η", "η (symbol, in Notation)"),
    ("lr", "lr (symbol, in Notation)"),
    ("loss-at-init", "loss-at-init (claim, in The training loop)"),
])
def test_the_search_finds_terms_and_symbols_first(chromium, address, scheme, query, first):  # noqa: F811
    with Visit(chromium, f"{address[scheme]}/search.html?q={query}") as visit:
        results = visit.page.locator("#search-results li")
        visit.page.get_by_text("Search finished").wait_for()
        assert " ".join(results.first.inner_text().split()).startswith(first)  # an excerpt follows
        target = results.first.locator("a").get_attribute("href")
        visit.page.goto(f"{address[scheme]}/{target}")
        assert visit.page.locator(":target").count() == 1
        assert visit.complaints == []


def test_the_index_names_terms_symbols_and_functions_with_their_pages(book):
    text = (book / "genindex.html").read_text()
    for entry, place in (("softmax", "glossary.html#term-softmax"),
                         ("η", "notation.html#symbol-lr"),
                         ("first_loss()", "training-loop.html#cell-"),
                         ("nn.functional.cross_entropy", "training-loop.html#cell-"),
                         ("ReLU", "training-loop.html#use-relu")):
        found = re.search(rf"<span>{re.escape(entry)}</span>(.*?)</li>", text, re.S)
        assert f'href="book/{place}' in found[1], entry


def test_every_link_of_the_index_has_its_place(book):
    text = (book / "genindex.html").read_text()
    for target, anchor in set(re.findall(r'href="(book/[^"#]+)#([^"]+)"', text)):
        assert f'id="{anchor}"' in (book / target).read_text(), f"{target}#{anchor}"


def test_a_symbol_is_linked_once_from_a_chapter(book):
    for name in chapters():
        links = re.findall(r'<a class="symbol[^"]*" href="(notation.html#symbol-[^"]+)"',
                           (book / f"{name}.html").read_text())
        assert len(links) == len(set(links)) > 0
    assert 'class="symbol' not in (book / "book" / "claim-ledger.html").read_text()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["http", "file"])
@pytest.mark.parametrize(("link", "shown"), [
    ("#term-softmax", "positive numbers that add up to one"),
    ("#symbol-logits", "scores before the softmax"),
    ("#equation-eq-step", ""), ("#fig-", "Fig."),
])
def test_a_preview_opens_on_focus_and_closes_on_escape(chromium, address, scheme, link, shown):  # noqa: F811
    with Visit(chromium, f"{address[scheme]}/book/training-loop.html") as visit:
        name = f'.bd-article a[href*="{link}"]:not(.headerlink)'
        place = visit.page.locator(name).first
        visit.page.keyboard.press("Tab")  # from here on focus comes from the keyboard
        place.focus()
        preview = visit.page.get_by_role("tooltip")
        preview.wait_for()
        assert shown in preview.inner_text()
        assert place.get_attribute("aria-describedby") == preview.get_attribute("id")
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 1280
        visit.page.keyboard.press("Escape")
        assert preview.count() == 0
        assert visit.complaints == []


@pytest.mark.browser
def test_a_preview_stays_while_the_pointer_is_on_it(chromium, address):  # noqa: F811
    with Visit(chromium, f"{address['file']}/book/training-loop.html") as visit:
        visit.page.locator('.bd-article a[href*="#term-softmax"]').first.hover()
        preview = visit.page.get_by_role("tooltip")
        preview.wait_for()
        preview.hover()
        visit.page.wait_for_timeout(400)
        assert preview.is_visible()
        visit.page.mouse.move(2, 2)
        preview.wait_for(state="detached")


# Trust ------------------------------------------------------------------------------------


def test_the_experiment_of_a_claim_is_found_backwards_from_it():
    cells = [experiments.Cell(code) for code in CELLS]
    places = dict.fromkeys(CELLS, "here")
    assert experiments.experiment(cells, 4, places) == (CELLS[2], ["first"], "4, 5, 6")
    assert experiments.experiment(cells, 6, places) == (CELLS[5], ["helper"], "")
    assert experiments.experiment(cells, 6, {}) is None
    assert experiments.experiment(cells, 7, places) is None


@pytest.mark.parametrize(("call", "seeds"), [
    ("repeat(run)", "0, 1, 2"), ("repeat(run, 2)", "0, 1"), ("repeat(run, seeds=[7, 9])", "7, 9"),
    ("repeat(run, range(5, 8))", "5, 6, 7"), ("repeat(run, SEEDS)", ""),
])
def test_the_seeds_of_an_experiment(call, seeds):
    assert experiments.seeds(experiments.Cell(call).calls[0]) == seeds


def test_every_measured_claim_says_how_it_was_made(book):
    for claim in json.loads((book / "claims.json").read_text()):
        text = (book / f"{claim['page']}.html").read_text()
        box = re.search(rf'id="claim-{claim["id"]}">(.*?)\n</div>\n', text, re.S)[1]
        assert ("How this number was made" in box) == (claim["verdict"] in made.SETTLED)
        for cell in re.findall(r'href="#(cell-\d+)"', box):
            assert f'id="{cell}"' in text
        if claim["verdict"] in made.SETTLED:
            assert re.search(r"Made on \d+ \w+ \d{4} on \d+ cores .*torch 2.*commit \w{7}", box)


def test_claims_and_figures_have_permalinks(book):
    for name in chapters():
        text = (book / f"{name}.html").read_text()
        places = re.findall(r'<(?:figure|div)[^>]* id="((?:fig|claim)-[\w-]+)"', text)
        assert places
        for place in places:
            assert re.search(rf'class="headerlink" href="#{place}"', text), place


def test_every_page_says_where_it_comes_from(book):
    for name in pages():
        text = (book / f"{name}.html").read_text()
        assert re.search(r'class="provenance">.*?at commit \w{7}', text), name
        assert re.search(r"The numbers on this page: Made on", text) or name not in chapters()
        assert "Cite this page" in text
        assert re.search(rf"Error in “[^”]+”\nPage: {name}\nCommit: \w{{7}}", text)


# Citing -------------------------------------------------------------------------------------


def test_a_citation_has_what_the_cff_says():
    entry = citing.bibtex(FACTS, "book/sums", "Sums", "1234567", "https://here.example/sums.html")
    assert entry.startswith("@incollection{sums-2026,")
    for line in ("author = {Lovelace, Ada and {A group}}", "title = {Sums}", "year = {2026}",
                 "booktitle = {A book: with a subtitle}", "note = {Commit 1234567}",
                 "url = {https://here.example/sums.html}"):
        assert line in entry
    assert citing.bibtex(FACTS, "book/intro", None, "1", "").startswith("@book{intro-2026,")
    assert citing.text(FACTS, "Sums", "1234567", "") == (
        "Ada Lovelace and A group (2026). Sums. In: A book: with a subtitle. Version 1.2.3, "
        "commit 1234567.")


@pytest.mark.parametrize(("repository", "expected"), [
    ("https://github.com/o/n", "https://github.com/o/n/issues/new?title=Error"),
    ("https://gitlab.com/o/n", "https://gitlab.com/o/n/-/issues/new?issue%5Btitle%5D=Error"),
])
def test_a_report_names_page_and_commit(repository, expected):
    *told, link = citing.report(repository, "book/sums", "Sums", "1234567")
    assert link.startswith(expected)
    assert "book%2Fsums" in link
    assert "1234567" in link
    assert citing.report("", "book/sums", "Sums", "1234567") == (*told, "")


def test_the_cff_is_the_only_source_of_title_and_authors(book):
    facts = citing.read(ROOT)
    settings = yaml.safe_load((ROOT / "_config.yml").read_text())
    assert not {"title", "author", "copyright"} & set(settings)
    config = SimpleNamespace(html_theme_options={})
    citing.configure(SimpleNamespace(confdir=ROOT), config)
    intro = (book / "book" / "intro.html").read_text()
    assert config.project == facts["title"].split(":")[0]
    assert f'title="{config.project}' in intro or f"{config.project}</p>" in intro
    assert facts["authors"][0]["name"] in intro


def test_references_with_a_doi_link_to_it(book):
    bibliography = (ROOT / "book" / "references.bib").read_text()
    text = (book / "book" / "references.html").read_text()
    for doi in re.findall(r"doi\s*=\s*\{(.+?)\}", bibliography):
        assert f'href="https://doi.org/{doi}"' in text, doi


# Changes, cards -------------------------------------------------------------------------------


def test_readers_see_what_changed_in_chapters_and_exercises(book):
    text = (book / "book" / "changes.html").read_text()
    assert re.search(r"<strong>Chapters</strong>.*<strong>Exercises</strong>", text, re.S)
    assert 'href="training-loop.html#ch-training-loop"' in text
    assert "course collect" not in text


def test_a_shared_link_has_title_summary_and_a_picture(book):
    for name in pages():
        text = (book / f"{name}.html").read_text()
        tags = dict(re.findall(r'<meta property="(og:[\w:]+)" content="([^"]*)"', text))
        assert tags["og:title"]
        assert tags["og:description"], name
        picture = (book / f"{name}.html").parent / tags["og:image"]
        width, height = (int.from_bytes(picture.read_bytes()[i : i + 4]) for i in (16, 20))
        assert (width, height) == (1200, 630)
