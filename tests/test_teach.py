"""What instructors get: slides, syllabi, guides; and the page that students may begin with."""

import re

import pytest

from tests.conftest import ROOT
from tests.small_book import SmallBook, page
from tests.test_chapters import chapters

FITS = "s => s.scrollHeight <= s.clientHeight && s.scrollWidth <= s.clientWidth"
SLUGS = [chapter.slug for chapter in chapters()]


def chapter(slug, minutes="25 minutes to read", settings="needs: []\n"):
    """A page that counts as a chapter."""
    needs = f":::{{admonition}} You need\n:class: need\nCalculus · {minutes} · a second to run\n:::"
    text = page("Title", prose=needs, settings=settings)
    return text.replace("# Title", f"(ch-{slug})=\n# Title {slug}")


# Syllabi


@pytest.mark.parametrize("weeks", [1, 5, 10, 12, 14, 36, 40])
def test_a_large_course_is_spread_evenly_and_in_order(weeks):
    from syllabi import spread

    minutes = [90 + 17 * n % 120 for n in range(36)]
    plan = spread(minutes, weeks)
    assert [place for week in plan for place in week] == list(range(36))
    assert len(plan) == min(weeks, 36)
    longest = max(sum(minutes[i] for i in week) for week in plan)
    assert longest <= sum(minutes) / len(plan) + max(minutes)


def test_no_other_plan_has_a_shorter_longest_week():
    from itertools import combinations

    from syllabi import spread

    minutes = [50, 10, 80, 30, 30, 90, 20, 60]

    def longest(plan):
        return max(sum(minutes[i] for i in week) for week in plan)

    cuts = combinations(range(1, 8), 3)
    others = [[range(*ends) for ends in zip((0, *cut), (*cut, 8), strict=True)] for cut in cuts]
    assert longest(spread(minutes, 4)) == min(map(longest, others))


def test_an_empty_course_has_no_week():
    from syllabi import spread

    assert spread([], 10) == []


def test_the_syllabi_say_what_is_free(book):
    html = (book / "book" / "teaching" / "syllabi.html").read_text()
    for weeks in (10, 12, 14):
        assert f"Weeks {len(SLUGS) + 1} to {weeks} are still free." in html
    for slug in SLUGS:
        assert html.count(f'href="../{slug}.html"') >= 3


# Guides


@pytest.mark.parametrize("slug", SLUGS)
def test_each_chapter_has_a_guide_with_its_goals_and_its_quizzes(book, slug):
    html = (book / "book" / "teaching" / "guides" / f"{slug}.html").read_text()
    text = (ROOT / "book" / f"{slug}.md").read_text()
    assert html.count('class="quiz') == text.count("{quiz}")
    assert '<form class="ask' not in html, "here a quiz is a list with its answers"
    assert f'href="../../_static/slides/{slug}.html"' in html.replace("../../../", "../../")
    first = re.search(r"## Summary\n\n- ([^{$\n]*)", text)[1]
    assert first.replace("'", "’") in html


# Slides


@pytest.mark.parametrize("slug", SLUGS)
def test_slides_need_no_other_file(book, slug):
    html = (book / "_static" / "slides" / f"{slug}.html").read_text()
    assert re.findall(r'(?:src|href)="(?!data:|#)[^"]*"', html) == []
    assert re.findall(r"url\((?![\"']?(?:data:|#))[^)]*\)", html) == []
    assert "font/woff2" in html
    assert len(html.encode()) < 400 * 1024


@pytest.mark.parametrize("slug", SLUGS)
def test_a_chapter_can_be_presented_by_keyboard(chromium, book, slug):
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    deck, complaints = context.new_page(), []
    deck.on("console", lambda message: complaints.append(message.text))
    deck.on("pageerror", lambda error: complaints.append(str(error)))
    deck.goto((book / "_static" / "slides" / f"{slug}.html").as_uri())
    count, seen = deck.locator(".slide").count(), set()
    assert count > 15
    for _ in range(4 * count):
        now = deck.locator(".slide.now")
        seen.add(now.get_attribute("aria-label"))
        assert now.evaluate(FITS), now.inner_text()
        deck.keyboard.press("PageDown")
    assert len(seen) == count
    deck.keyboard.press("Home")
    assert deck.locator(".slide.now").get_attribute("aria-label").startswith("1 of")
    deck.keyboard.press("d")
    assert deck.evaluate("document.documentElement.dataset.theme") == "dark"
    assert complaints == []
    context.close()


def test_a_verdict_comes_after_its_claim(chromium, book):
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    deck = context.new_page()
    deck.goto((book / "_static" / "slides" / f"{SLUGS[0]}.html").as_uri())
    number = deck.evaluate("""() => 1 + [...document.querySelectorAll(".slide")]
        .findIndex((slide) => slide.matches(".claim-slide"))""")
    deck.evaluate(f"location.hash = '{number}'")
    verdict = deck.locator(".slide.now .admonition-title")
    deck.locator(".claim-slide.now").wait_for()
    assert not verdict.is_visible()
    deck.keyboard.press("ArrowRight")
    assert verdict.is_visible()
    context.close()


# Preliminaries


def test_every_item_is_linked_from_a_chapter():
    text = (ROOT / "book" / "preliminaries.md").read_text()
    told = "".join(chapter.text for chapter in chapters())
    items = re.findall(r"^\((pre-[\w-]+)\)=$", text, re.M)
    assert len(items) > 15
    assert [item for item in items if f"<{item}>`" not in told] == []


# Mistakes


@pytest.fixture(scope="module")
def mistaken(tmp_path_factory):
    pages = {
        "right": chapter("right"), "silent": chapter("silent", settings=""),
        "unlinked": chapter("unlinked", settings="needs: [right]\n"),
        "timeless": chapter("timeless", minutes="not long"),
        "guide": "# Guide\n\n```{goals} nothing\n```\n",
        "plan": "# Plan\n\n```{syllabus} ten\n```\n",
        "wrongs": "# Wrongs\n\n```{kills} nothing\n```\n",
    }
    small = SmallBook(tmp_path_factory.mktemp("teach"), pages)
    small.build()
    return small


@pytest.mark.parametrize(("name", "reason"), [
    ("silent", "in its front matter which chapters it `needs:`"),
    ("unlinked", "a link to right is missing"),
    ("timeless", "how many “minutes to read” it takes"),
    ("guide", "there is no chapter nothing"),
    ("plan", "expected a number of weeks, got ten"),
    ("wrongs", "the table of wrong answers stays empty"),
])
def test_a_mistake_is_told_with_its_page(mistaken, name, reason):
    assert mistaken.status == 1
    assert any(reason in told for told in mistaken.problems[name]), mistaken.problems
    assert "right" not in mistaken.problems
