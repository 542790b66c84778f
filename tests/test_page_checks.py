"""The survey of pages sees each kind of fault where it is, and none where there is none."""

import random

import pytest

from tests.page_checks import KINDS, survey

SIZE = 300 * 1024
DATA = {
    "dot.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    "heavy.js": f"// {random.Random(0).randbytes(SIZE // 2).hex()}",
    "heavy.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
                 f"<!-- {random.Random(1).randbytes(SIZE // 4).hex()} --></svg>",
    "broken.ipynb": "{}",
    "module.js": "export {};",
}
FAINT = """<style>@media (prefers-color-scheme: %s) { .faint { color: %s; } }</style>
<p class="faint">This can hardly be read.</p>"""
ALT = 'alt="A dot, and nothing else."'
FIGURE = f'<figure><img loading="lazy" src="dot.svg" {ALT}></figure>'
TABLE = "<details><summary>Numbers</summary><table><tr><th>1</th></tr></table></details>"
ON_THE_WEB = "<script>if (location.protocol === 'http:') { %s }</script>"
SOUND = f"""{FIGURE}{TABLE}
<h2 id="place">A place</h2>
<p><a href="#place">Here</a>, <a href="search.html#top">there</a>,
<a href="https://example.org">elsewhere</a>.</p>
<p><button>Press</button></p>"""
PLANTS = {  # kind of fault: HTML that has it, and what is told of it
    "weight": [('<script src="heavy.js"></script>', "KiB, at most")],
    "picture": [
        (f'<img loading="lazy" src="heavy.svg" {ALT}>', "heavy.svg has"),
        (f'<img src="dot.svg" {ALT}>', "not lazy"),
        (f'<svg role="img" aria-label="A dot, and nothing else."><path d="M0 0'
         f'{" L1 1" * 9000}"/></svg>', "bytes inline"),
    ],
    "origin": [
        (ON_THE_WEB % "new Image().src = `http://localhost:${location.port}/some/where/dot.svg`;",
         "http://localhost:"),
    ],
    "console": [
        (ON_THE_WEB % "console.warn('planted');", "warning: planted"),
        (ON_THE_WEB % "undefined.planted;", "error: "),
    ],
    "overflow": [('<p style="width: 500px">A wide line.</p>', "pixels wide at 320")],
    "axe light": [
        (FAINT % ("light", "#bbb"), "color-contrast"),
        ("<p><input></p>", "label"),
    ],
    "axe dark": [(FAINT % ("dark", "#444"), "color-contrast")],
    "keyboard": [
        ('<p><a href="#top" style="outline: none">Unseen</a></p>', "cannot be seen"),
        ('<p><button tabindex="-1">Unreached</button></p>', "not reached"),
        ("<p><span onclick='0'>Press</span></p>", "no stop"),
    ],
    "alt": [('<img loading="lazy" src="dot.svg" alt="A dot.">', "no alternative text")],
    "table": [(FIGURE, "no table of the numbers")],
    "heading": [("<h1>Another</h1>", "2 headings of level 1")],
    "link": [
        ('<p><a href="nowhere.html">There</a></p>', "nowhere.html does not exist"),
        ('<p><a href="search.html#nowhere">There</a></p>', "#nowhere has no such place"),
        ('<p><a href="/other.html">There</a></p>', "leads out of the book"),
        ('<p id="twice"></p><p id="twice"></p>', "twice is there twice"),
    ],
    "notebook": [('<p><a href="broken.ipynb">The notebook</a></p>', "broken.ipynb: ")],
    "file": [('<script type="module" src="module.js"></script>', "blocked by CORS policy")],
    "no script": [("<p id='late' hidden>Late.</p><script>late.hidden = false;</script>", "Late.")],
}
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<style>
body { background: #fff; color: #000; } a { color: #00c; } nav { column-width: 8em; }
@media (prefers-color-scheme: dark) { body { background: #111; color: #eee; } a { color: #9cf; } }
</style></head>
<body><a href="#top">Skip to the text</a>
<nav class="bd-links" aria-label="Pages">%s</nav>
<main id="top" tabindex="-1"><article><h1>A page</h1>%s</article></main></body></html>"""


@pytest.fixture(scope="module")
def faults(chromium, tmp_path_factory):
    """What is seen in a site with a page for each kind of fault, and sound ones."""
    folder = tmp_path_factory.mktemp("site")
    bodies = {file(kind): "".join(html for html, _ in plants) for kind, plants in PLANTS.items()}
    bodies |= dict.fromkeys(("sound.html", "search.html", "genindex.html"), SOUND)
    listed = "".join(f'<a href="{name}">{name}</a> ' for name in bodies)
    for name, html in bodies.items():
        (folder / name).write_text(PAGE % (listed, html), encoding="utf-8")
    for name, text in DATA.items():
        (folder / name).write_text(text, encoding="utf-8")
    return survey(chromium, folder)


def file(kind):
    return f"planted-{kind.replace(' ', '-')}.html"


@pytest.mark.browser
@pytest.mark.parametrize("kind", KINDS)
def test_planted_faults_are_seen_and_nothing_else(faults, kind):
    found = {other: told for other, all_told in faults.items()
             if (told := [one for one in all_told if one.startswith(f"{file(kind)}: ")])}
    assert set(found) == {kind}, found
    for _, told in PLANTS[kind]:
        assert any(told in one for one in found[kind]), (told, found)


@pytest.mark.browser
def test_a_sound_page_has_no_fault(faults):
    told = [one for found in faults.values() for one in found]
    assert [one for one in told if not one.startswith("planted-")] == []
