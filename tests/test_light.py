"""What makes pages light: style sheets, icons and fonts cut down to what pages use."""

import base64
import re
from io import BytesIO
from types import SimpleNamespace

import formula_fonts
import icons
import lean
import pytest
from fontTools.ttLib import TTFont
from sphinx.errors import ExtensionError
from stylesheets import names_in_page, names_in_script, pruned, without_unread_variables

CSS = """/* a comment */
.used { color: red; }
.unused { color: blue; }
.used .unused, p.used:not(.unused)::before { margin: 0; }
#here:hover { top: 0; }
#nowhere { top: 0; }
dialog { top: 0; }
:is(.unused, .other) p { top: 0; }
.used:where(.unused, p) { left: 0; }
@media print { .used { top: 1px; } .unused { top: 1px; } }
@supports (top: 0) { .unused { top: 2px; } }
@font-face { font-family: Big; src: url(big.woff2); }
@keyframes turn { from { top: 0; } }
.used::after { content: "\\f105"; }"""
NAMES = names_in_page('<main id="here"><p class="used later">Text.</p></main>')


def test_a_page_names_its_elements_classes_and_ids():
    assert {"main", "here", "p", "used", "later"} == NAMES
    assert {"made", "by-script"} <= names_in_script("node.classList.add('made', 'by-script')")


def test_a_rule_stays_where_a_page_can_have_what_it_asks_for():
    assert pruned(CSS, NAMES).splitlines() == [
        ".used{color: red;}",
        "p.used:not(.unused)::before{margin: 0;}",
        "#here:hover{top: 0;}",
        ".used:where(.unused, p){left: 0;}",
        "@media print{.used{top: 1px;}}",
        "@keyframes turn{from { top: 0; }}",
    ]


def test_a_variable_goes_with_the_last_that_reads_it():
    css = ":root{--read:1px;--unread:2px;--chain:var(--end);--end:3px;--script:4px}" \
          "p{top:var(--read)}"
    assert without_unread_variables(css, ["get('--script')"]) \
        == ":root{--read:1px;--script:4px}p{top:var(--read)}"


ICONS = "{bars:[1,2,[],'f0c9','M1'],".replace("'", '"') \
    + 'bars:[448,512,[],"f0c9","M0 96"],"x-ray":[512,512,["a"],"f497","M9"]}'


def test_icons_are_those_of_the_pages():
    page = '<i class="fa-solid fa-bars fa-lg"></i><i class="fas fa-x-ray"></i><p class="fan">'
    assert icons.names([page, page]) == ["bars", "x-ray"]
    sheet = icons.masks(ICONS, ["bars", "x-ray"])
    assert "viewBox='0 0 448 512'" in sheet
    assert "M0 96" in sheet
    assert ".fa-x-ray{" in sheet
    assert "M1'" not in sheet, "the first of a name is the outlined one"


def test_an_icon_that_the_theme_does_not_have_is_told(tmp_path):
    script = tmp_path / lean.ICONS
    script.parent.mkdir()
    script.write_text(ICONS)
    with pytest.raises(ExtensionError, match=r"no icon 'rocket'"):
        lean.masks(tmp_path, ['<i class="fa-solid fa-rocket"></i>'])


FORMULA = ('<p>Text</p><span class="katex-html"><span class="mathnormal">x</span>'
           "<span>+<span>1</span></span></span><p>after</p>")


def test_the_characters_of_formulas_are_found_and_no_others():
    assert formula_fonts.characters(FORMULA + FORMULA.replace(">x<", ">y<")) == set("x+1y")


def embedded(sheet):
    """{family: characters} of the fonts inside a style sheet."""
    faces = re.findall(r"font-family:(\w+).*?base64,([^)]*)\)", sheet)
    return {family: {*map(chr, TTFont(BytesIO(base64.b64decode(data))).getBestCmap())}
            for family, data in faces}


def test_fonts_hold_what_formulas_need():
    names = names_in_page(FORMULA + '<span class="katex">')
    fonts = embedded(formula_fonts.style(names, set("x+")))
    assert fonts["KaTeX_Main"] == set("x+")
    assert fonts["KaTeX_Math"] == set("x")
    assert "KaTeX_Fraktur" not in fonts
    assert embedded(formula_fonts.style(names, set())) == {}


@pytest.fixture
def static(tmp_path):
    """The files of a small theme."""
    texts = {
        lean.THEME_STYLES[0]: '@import "../basic.css";', lean.THEME_STYLES[1]: ".used{top:0}",
        "basic.css": ".used{left:0}.unused{left:0}", "own.css": ".made-by-script{top:0}",
        "own.js": "add('made-by-script')", lean.THEME_SCRIPT: "'theme';\n//# sourceMappingURL=x",
        lean.ICONS: ICONS,
        "webpack-macros.html": "".join(f'"_static/{name}"' for name in (
            *lean.THEME_STYLES, lean.THEME_SCRIPT, lean.ICONS, lean.TOOLTIPS)),
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_bundles_hold_the_files_without_what_is_not_used(static):
    page = '<p class="used"><i class="fa-solid fa-bars"></i></p>'
    made = lean.made(static, ["own.css"], ["own.js"], [page])
    assert ".used{left:0}" in made[lean.STYLE]
    assert ".used{top:0}" in made[lean.STYLE]
    assert ".made-by-script{top:0}" in made[lean.STYLE]
    assert ".fa-bars{" in made[lean.STYLE]
    assert "unused" not in made[lean.STYLE]
    assert made[lean.SCRIPT].index("made-by-script") < made[lean.SCRIPT].index("'theme'")
    assert "sourceMappingURL" not in made[lean.SCRIPT]


def test_a_theme_that_loads_other_files_is_told(static):
    lean.check_theme(static)
    with (static / "webpack-macros.html").open("a") as macros:
        macros.write('"_static/scripts/new.js"')
    with pytest.raises(ExtensionError, match=r"scripts/new\.js"):
        lean.check_theme(static)


def test_a_bundle_is_named_by_its_contents(tmp_path):
    path, old = tmp_path / "page.html", '<link href="_static/book.css?v=1"><script src="own.js">'
    named = []
    for text in ("one", "two", "one"):
        lean.stamp({path: old}, {lean.STYLE: text})
        named.append(path.read_text())
    assert named[0] == named[2] != named[1]
    assert named[0].endswith('<script src="own.js">')


def test_what_is_in_the_bundles_is_deleted(static):
    lean.clean(static, ["own.css", "own.js"])
    left = {path.name for path in static.rglob("*") if path.is_file()}
    assert left == set()


def test_tabs_scripts_are_for_pages_with_tabs():
    tabs = SimpleNamespace(filename="_static/design-tabs.js", priority=500)
    other = SimpleNamespace(filename="_static/other.js", priority=500)
    assert not lean._needed(tabs, {"body": "<p>"})
    assert lean._needed(tabs, {"body": '<div class="sd-tab-set docutils">'})
    assert lean._needed(other, {"body": "<p>"})
