"""Each chapter as a notebook to take along: its cells as they ran, its text as plain Markdown.

The text comes from the page as it was written, with its numbers, references and captions in place;
the cells come from the source, without results. What the page hides is folded in the notebook.
"""

from pathlib import Path
from urllib.parse import urljoin

import nbformat
from bs4 import BeautifulSoup
from docutils import nodes
from myst_nb.core.read import read_myst_markdown_notebook
from plain_markdown import marker, plain, split

FOLDER = "take-along"  # of the built site
NOTE = (
    "*This is a chapter of {title} as a notebook, without results: run it from top to bottom. "
    "The numbers in the text, and the tables that fold out, are those of the book's own run.*"
)
HIDDEN = {"hide-input", "remove-input", "remove-cell"}  # tags of cells whose code the page hides
WIDGET = "from course_utils import widgets\n\nwidgets.{}()"
COLAB = """\
import sys

if "google.colab" in sys.modules:
    %pip install --quiet "git+{repository}"
"""


def chapter_source(app, page):
    """The cells in a page's source, text cells too: the numbers of shown cells count them."""
    path = Path(app.env.doc2path(page))
    return read_myst_markdown_notebook(path.read_text(encoding="utf-8")).cells


def is_chapter(app, page):
    """Whether a page has a kernel to run code, which makes it one to take along as a notebook."""
    return "exec_data" in app.env.nb_metadata.get(page, ())


def repository(app):
    """The public address of the course's repository, from _config.yml; "" while it has none."""
    return app.config.course_repository.rstrip("/")


def shown_cells(doctree):
    """The numbers of the cells that a page shows, in order."""
    return [node["cell_index"] for node in doctree.findall(nodes.container)
            if node.get("nb_element") == "cell_code"]


def mark(body, shown):
    """The page's text with markers for its cells; of their results only captions and tables."""
    soup = BeautifulSoup(body, "html.parser")
    for cell, number in zip(soup.select("div.cell"), shown, strict=True):
        kept = [node.extract() for node in cell.select(".cell_output :is(figcaption, table)")]
        cell.replace_with(marker(soup, "cell", number), *kept, marker(soup, "part", "text"))
    for widget in soup.select("figure.widget"):
        widget.replace_with(marker(soup, "widget", widget["data-widget"]))
    for heading in soup.select("h2"):
        heading.insert_before(marker(soup, "part", heading.name))
    return soup


def assemble(parts, cells, shown):
    """The notebook's cells, in order; those that the page leaves out follow the one before."""
    waiting = [n for n, cell in enumerate(cells) if cell.cell_type == "code"]
    due = {"start": lambda n, what: False, "cell": lambda n, what: n <= int(what),
           "part": lambda n, what: n not in shown, "widget": lambda n, what: n not in shown}
    for kind, what, text in parts:
        while waiting and due[kind](waiting[0], what):
            yield code(cells[waiting.pop(0)])
        if kind == "widget":
            name = what.title().replace("-", "")
            yield nbformat.v4.new_code_cell(WIDGET.format(name))
        if text.strip():
            yield nbformat.v4.new_markdown_cell(text.strip())


def code(cell):
    """A cell of the page, without what only the book needs."""
    hidden = HIDDEN & set(cell.metadata.get("tags", ()))
    metadata = {"jupyter": {"source_hidden": True}} if hidden else {}
    return nbformat.v4.new_code_cell(cell.source, metadata=metadata)


def first_cells(app):
    """What to know, and the check that the course's package is there, on Colab by fetching it."""
    from course_utils.exercises.build import FIRST_CELL

    address = repository(app)
    install = COLAB.format(repository=address) if address else ""
    return [nbformat.v4.new_markdown_cell(NOTE.format(title=app.config.html_title)),
            nbformat.v4.new_code_cell(install + FIRST_CELL)]


def notebook(app, page, body, doctree):
    """The notebook of a page, the same bytes for the same page."""
    from course_utils.exercises.build import KERNEL

    shown = shown_cells(doctree)
    site = app.config.html_baseurl
    here = urljoin(site.rstrip("/") + "/", f"{page}.html") if site else ""
    text = plain(mark(body, shown), here)
    cells = list(assemble(split(text), chapter_source(app, page), shown))
    cells[1:1] = first_cells(app)
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def write(app, page, template, context, doctree):
    """Write a chapter's notebook beside the pages, when its page is written."""
    if app.builder.name != "html" or doctree is None or not is_chapter(app, page):
        return
    from course_utils.exercises.build import write as text_of

    path = Path(app.outdir, FOLDER, f"{Path(page).name}.ipynb")
    path.parent.mkdir(exist_ok=True)
    path.write_text(text_of(notebook(app, page, context["body"], doctree)), encoding="utf-8")


def setup(app):
    app.add_config_value("course_repository", "", "html")
    app.connect("html-page-context", write, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
