"""Predictions, quizzes and the reader's progress: what authors may write, and what readers do."""

import gzip
import json
import os
import re
import subprocess
import sys
import threading
from functools import partial
from http.server import ThreadingHTTPServer

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.conftest import ROOT
from tests.small_book import SmallBook, page
from tests.test_pages import RULES, Quiet, Visit

HEAVIEST = 4 * 1024  # bytes of the script as it is sent, compressed
PREDICTION = """:::{prediction} Is two times two even?
:right: A
{name}
Think of pairs.

1. Even, like $2^1$.
2. Odd.
:::
"""
QUIZ = """:::{quiz} How many legs has a dog?
:right: B

two
: A bird has two.

four
: One at each corner.
:::
"""
NEED = ":::{admonition} You need\n:class: need\nNothing.\n:::\n"
CLAIM = (
    "from course_utils.experiment import claim\n"
    'claim("even", "Two times two is even.", measured="4", seeds=3, holds=True)'
)
CELLS = "".join(
    f"```{{code-cell}} python3\n{code}\n```\n\n" for code in ("print('four legs')", CLAIM))
REVEAL = "```{reveal}\nAnd this is what it means.\n```\n"
NAMED, PLAIN = PREDICTION.replace("{name}", ":name: one\n"), PREDICTION.replace("{name}", "")
RIGHT = (
    f"{PLAIN}\n{NEED}\n## First\n\n{CELLS}\n{REVEAL}\n## Check yourself\n\n{QUIZ}\n"
    "## A last section\n\n" + "Some text.\n\n" * 40
)
HOME = (
    "# A small book\n\n{.start}\n[Start](right.md){.button}\n\n```{contents-list}\n```\n\n"
    "## Where you are\n\n```{your-reading}\n```\n"
)
MISTAKES = {  # page: (its text, what the build says, in which line of the page's text)
    "no-right": (QUIZ.replace(":right: B\n", ""), "no option of this quiz is right", 1),
    "no-such-option": (QUIZ.replace("B", "E"), "no option E: there are A, B", 1),
    "no-answer": (QUIZ.replace(": A bird has two.\n", ""), "this option has no answer", 1),
    "two-answers": (QUIZ.replace("two.\n", "two.\n: And a hen.\n"), "needs one answer", 1),
    "one-option": (QUIZ.split("\ntwo")[0].replace("B", "A") + "\ntwo\n: Yes.\n:::\n",
                   "at least two options", 1),
    "twice": (QUIZ + "\n" + QUIZ, "of this name already", 11),
    "no-list": (":::{prediction} What?\n:right: A\n\nOnly text.\n:::\n", "a numbered list", 1),
    "not-revealed": (PLAIN, "never revealed", 1),
    "nothing-to-reveal": (REVEAL, "there is no prediction to reveal", 1),
    "unknown-name": (NAMED + "\n```{reveal} two\n```\n\n```{reveal} one\n```\n",
                     "there is no prediction two", 11),
    "revealed-twice": (PLAIN + "\n" + REVEAL + "\n" + REVEAL, "revealed already", 14),
}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A book with a right page and one page for every mistake."""
    pages = {name: page(name, prose=text) for name, (text, *_) in MISTAKES.items()}
    book = SmallBook(tmp_path_factory.mktemp("reading"), {**pages, "right": page("R", prose=RIGHT)})
    book["intro"] = HOME
    book.build()
    return book


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_its_page_and_line(small, name):
    text, expected, line = MISTAKES[name]
    assert small.status == 1
    told = re.findall(rf"book/{name}, line (\d+): .*{re.escape(expected)}", small.printed)
    assert len(told) == 1, small.problems.get(name)
    above = page(name, prose=text).split(text)[0].count("\n")
    assert int(told[0]) - above - line in (0, 1)  # MyST-NB counts one more below front matter


def test_a_right_page_is_right(small):
    assert "right" not in small.problems
    assert "intro" not in small.problems


def test_the_script_is_light_and_loaded_only_where_it_works(small):
    assert len(gzip.compress((ROOT / "book/_static/reading.js").read_bytes(), 9)) <= HEAVIEST
    assert "reading.js" in small.html("right")
    assert "reading.js" in small.html("intro")
    assert "reading.js" not in small.html("no-list")


@pytest.fixture(scope="module")
def addresses(small):
    """Where the small book is served."""
    folder = small.folder / "_build" / "html"
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    http = f"http://127.0.0.1:{server.server_port}"
    yield {"http": f"{http}/book", "file": f"{folder.as_uri()}/book"}
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["http", "file"])
def reader(request, chromium, addresses):
    """Somebody on the right page, who complains of nothing and whose browser sends nothing."""
    with Visit(chromium, f"{addresses[request.param]}/right.html") as visit:
        visit.home = f"{addresses[request.param]}/intro.html"
        yield visit
        assert visit.complaints == []
        assert visit.foreign(addresses[request.param].removesuffix("/book")) == []


def predict(visit):
    """Commit to "Odd" by keyboard."""
    visit.page.get_by_role("radio", name="Even").focus()
    for key in ("ArrowDown", "Enter"):
        visit.page.keyboard.press(key)


def test_a_result_waits_for_the_prediction_and_is_compared_with_it(reader):
    output = reader.page.get_by_text("four legs", exact=True)
    reveal = reader.page.locator(".reveal")
    assert not output.is_visible()
    assert not reveal.get_by_text("It came out").is_visible()
    assert reader.page.get_by_role("group", name="Is two times two even?").is_visible()
    predict(reader)
    told = "You predicted B Odd. It came out A Even"
    for _ in ("at once", "and after a reload"):
        assert output.is_visible()
        assert told in " ".join(reveal.inner_text().split())
        assert "You said B" in reader.page.get_by_role("status").first.inner_text()
        assert reader.page.get_by_role("radio", name="Even").is_disabled()
        assert "1 of 1 predicted" in reader.page.locator("p.progress").inner_text()
        reader.page.reload()


@pytest.mark.parametrize("button", ["Show it", "Go on without an answer"])
def test_one_can_go_on_without_an_answer(reader, button):
    reader.page.get_by_role("button", name=button).focus()
    reader.page.keyboard.press("Enter")
    for _ in ("at once", "and after a reload"):
        assert reader.page.get_by_text("four legs", exact=True).is_visible()
        assert "You predicted" not in reader.page.locator(".reveal").inner_text()
        assert "0 of 1 predicted" in reader.page.locator("p.progress").inner_text()
        reader.page.reload()


def test_a_link_to_a_claim_that_waits_shows_it(reader):
    claim = reader.page.locator("#claim-even .admonition-title")
    assert not claim.is_visible()
    reader.page.evaluate("location.hash = 'claim-even'")
    claim.wait_for(state="visible")
    reader.page.reload()
    claim.wait_for(state="visible")


def test_a_quiz_answers_one_option_at_a_time_in_words(reader):
    quiz = reader.page.get_by_role("group", name="How many legs has a dog?")
    status, keys = quiz.get_by_role("status"), reader.page.keyboard
    quiz.get_by_role("radio", name="two").focus()
    keys.press("Space")
    assert status.inner_text() == ""
    keys.press("Enter")
    assert status.inner_text().strip() == "Not quite. A bird has two."
    keys.press("ArrowDown")
    assert status.inner_text() == ""
    keys.press("Tab")
    keys.press("Space")  # the button
    assert status.inner_text().strip() == "Right. One at each corner."
    reader.page.reload()
    assert status.inner_text().strip() == "Right. One at each corner."
    assert "1 of 1 questions answered" in reader.page.locator("p.progress").inner_text()


def read_on(visit):
    """Predict, and rest where the second section ends."""
    predict(visit)
    visit.page.locator("#check-yourself").evaluate(
        "s => scrollTo(0, s.getBoundingClientRect().bottom + scrollY - innerHeight / 2)")
    visit.page.locator("p.progress", has_text=re.compile("[1-3] of 3")).wait_for()


def test_one_who_comes_back_finds_the_place(reader):
    read_on(reader)
    reader.page.reload()
    way = reader.page.get_by_role("link", name="Continue at")
    assert re.search("#(check-yourself|a-last-section)$", way.get_attribute("href"))
    assert reader.page.locator(".page-toc a.read").count() >= 1
    reader.page.goto(reader.home)
    assert "1 of 1 predicted" in reader.page.locator(".contents .progress").inner_text()
    reader.page.get_by_role("link", name="Continue: R").click()
    reader.page.wait_for_url(re.compile(r"right\.html#"))


def test_what_is_kept_can_be_saved_deleted_and_brought_back(reader, tmp_path):
    read_on(reader)
    reader.page.goto(reader.home)
    with reader.page.expect_download() as download:
        reader.page.get_by_role("button", name="Save as a file").click()
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    kept = json.loads(saved.read_text())["pages"]["right"]
    assert list(kept["answers"].values()) == ["B"]

    reader.page.once("dialog", lambda dialog: dialog.accept())
    reader.page.get_by_role("button", name="Delete").click()
    reader.page.get_by_role("link", name="Start", exact=True).wait_for()
    assert reader.page.evaluate("Object.keys(localStorage).filter((k) => k.includes(':'))") == []
    assert reader.page.locator(".contents .progress").count() == 0

    other = tmp_path / "other.json"
    other.write_text('{"pages": {}}')
    for path, said in ((other, "not a file that was saved here"), (saved, "Loaded.")):
        with reader.page.expect_file_chooser() as chooser:
            reader.page.get_by_role("button", name="Load a file").click()
        chooser.value.set_files(path)
        reader.page.get_by_role("status").filter(has_text=said).wait_for()
    assert "1 of 1 predicted" in reader.page.locator(".contents .progress").inner_text()


@pytest.mark.parametrize("how", ["no script", "print"])
def test_without_script_and_on_paper_all_is_there_as_a_list(chromium, addresses, how):
    url, scripted = f"{addresses['http']}/right.html", how == "print"
    with Visit(chromium, url, java_script_enabled=scripted) as visit:
        visit.page.emulate_media(media="print" if scripted else "screen")
        for text in ("four legs", "A bird has two.", "One at each corner.", "It came out", "Odd."):
            assert visit.page.get_by_text(text).first.is_visible(), text
        for what in ("radio", "button"):
            assert not any(one.is_visible() for one in visit.page.locator("form.ask")
                           .get_by_role(what).all()), what
        assert not visit.page.locator("p.waiting, p.progress").first.is_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state(chromium, addresses, theme):
    def violations():
        found = Axe().run(visit.page, options={"resultTypes": ["violations"], **RULES})
        return [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]]

    url = f"{addresses['http']}/right.html"
    with Visit(chromium, url, theme, reduced_motion="reduce") as visit:
        assert violations() == []
        predict(visit)
        visit.page.get_by_role("radio", name="two").check()
        visit.page.get_by_role("button", name="Check").click()
        assert violations() == []
        visit.page.goto(url.replace("right", "intro"))
        assert violations() == []


def test_other_formats_get_lists_with_the_answers(small, tmp_path):
    command = "from jupyter_book.cli.main import main; main()"
    arguments = ["build", ".", "--builder", "custom", "--custom-builder", "text"]
    subprocess.run(
        [sys.executable, "-c", command, *arguments, "--path-output", tmp_path], check=True,
        cwd=small.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": str(small.folder)},
    )
    text = " ".join((tmp_path / "_build/text/book/right.txt").read_text().split())
    assert "Is two times two even?: Think of pairs. 1. Even, like 2^1. 2. Odd." in text
    assert "It came out **A** Even, like 2^1. And this is what it means." in text
    assert "A **Not quite. **A bird has two. B **Right. **One at each corner." in text
