"""What a reader can take along: a line below the summary of each chapter and of the home page.

Notebooks are made with the pages. `make pdf` and `make epub` add files to the same folder, which
are linked once they are there; one that is older than its page is removed. Colab and Binder open
the notebooks from the branch of the repository on which the site is published.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

from notebooks import FOLDER, is_chapter, repository
from notes import PageNotes

SITE_BRANCH = "gh-pages"
FILES = {".ipynb": "notebook", ".pdf": "PDF", ".epub": "ePub", ".zip": "zip, to read offline"}
SERVICES = {
    "in Colab": "https://colab.research.google.com/github/{owner}/blob/{branch}/{path}",
    "in Binder": "https://mybinder.org/v2/gh/{owner}/{branch}?labpath={path}",
}
BINDER = """\
# What Binder installs to run the notebooks of {folder}/.
name: course
channels: [conda-forge]
dependencies:
  - python=3.11
  - pip
  - pip:
      - --extra-index-url https://download.pytorch.org/whl/cpu
      - course-utils[lab] @ git+{address}
"""
SUMMARY = re.compile(r'<p class="summary"[^>]*>.*?</p>', re.S)
MADE = PageNotes("made_files")  # page -> the files beside its notebook when it was last written


def stem(title):
    """The file name of the whole book: "Deep Learning" is deep-learning."""
    return "-".join(re.findall(r"[a-z0-9]+", title.lower()))


def name_of(app, page):
    """The name that the files of a page share; the home page's are those of the whole book."""
    root = page == app.config.root_doc
    return stem(app.config.html_title) if root else Path(page).name


def made(app, page):
    """The endings of the files of a page that other commands have made, in the order of FILES."""
    base = Path(app.outdir, FOLDER, name_of(app, page))
    return [ending for ending in list(FILES)[1:] if base.with_suffix(ending).is_file()]


def offering(app):
    """The pages with something to take along."""
    chapters = [page for page in app.env.found_docs if is_chapter(app, page)]
    return [app.config.root_doc, *chapters]


def remove_old(app, env, pages):
    """A copy of a page that is about to be read again is out of date, as is the whole book's."""
    for page in {*pages, app.config.root_doc} if pages else ():
        for ending in list(FILES)[1:]:
            Path(app.outdir, FOLDER, name_of(app, page) + ending).unlink(missing_ok=True)


def pages_with_news(app, env):
    """Pages for which a file came or went since they were last written."""
    now = {page: made(app, page) for page in offering(app)}
    news = [page for page, found in now.items() if MADE.of(env).get(page, []) != found]
    MADE.of(env).update(now)
    return news


def line(app, page, up):
    """The line, as HTML; `up` leads from the page to the top of the site."""
    chapter, name = is_chapter(app, page), name_of(app, page)
    base = f"{FOLDER}/{name}"
    links = [f'<a href="{up}{base}{ending}" download>{FILES[ending]}</a>'
             for ending in ([".ipynb"] if chapter else []) + made(app, page)]
    if chapter and (address := repository(app)):
        owner = urlsplit(address).path.strip("/")
        values = {"owner": owner, "branch": SITE_BRANCH, "path": f"{base}.ipynb"}
        links += [f'<a href="{url.format(**values)}">{words}</a>'
                  for words, url in SERVICES.items()]
    words = "Take this chapter along" if chapter else "Take the whole book along"
    return f'<p class="take facts">{words}: {" · ".join(links)}</p>' if links else ""


def insert(app, page, template, context, doctree):
    """Put the line below the summary."""
    if app.builder.name == "html" and page in offering(app):
        up = "../" * page.count("/")
        told = line(app, page, up)
        context["body"] = SUMMARY.sub(lambda match: match[0] + told, context["body"], count=1)


def write_environment(app, error):
    """What Binder needs, at the top of the branch that it opens."""
    if not error and app.builder.name == "html" and (address := repository(app)):
        text = BINDER.format(folder=FOLDER, address=address)
        Path(app.outdir, "environment.yml").write_text(text, encoding="utf-8")


def setup(app):
    MADE.connect(app)
    app.connect("env-before-read-docs", remove_old)
    app.connect("env-get-updated", pages_with_news)
    app.connect("html-page-context", insert, priority=600)
    app.connect("build-finished", write_environment)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
