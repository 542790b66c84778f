"""Who wrote the book, how a page is cited, and where its errors are reported.

CITATION.cff is the only place of title, authors, version and year. Where _config.yml names no
`course_repository`, a report is a text to copy, for whoever gave the reader this copy.
"""

from pathlib import Path, PurePosixPath
from urllib.parse import urlencode, urljoin

import yaml
from notebooks import repository

FIELDS = {"gitlab": ("/-/issues/new", "issue[title]", "issue[description]")}
QUESTION = "What is wrong, and what should stand there?"
USUAL = ("/issues/new", "title", "body")  # GitHub, Gitea, Forgejo


def read(folder):
    """The facts of CITATION.cff."""
    return yaml.safe_load(Path(folder, "CITATION.cff").read_text(encoding="utf-8"))


def front_page(facts):
    """The title, the authors and the line of copyright, as the book shows them."""
    authors = " and ".join(map(_name, facts["authors"]))
    return facts["title"].partition(":")[0], authors, f"{_year(facts)} {authors}"


def configure(app, config):
    """Give Sphinx and the theme the title and the authors."""
    app.course_citation = facts = read(app.confdir)
    title, config.author, config.copyright = front_page(facts)
    config.project = config.html_title = title
    config.html_theme_options["logo"] = {"text": title}
    config.version = config.release = str(facts["version"])


def _name(author):
    """ "Given Family", or the name of a group."""
    return author.get("name") or f"{author['given-names']} {author['family-names']}"


def _bibtex_name(author):
    group = author.get("name")
    return f"{{{group}}}" if group else f"{author['family-names']}, {author['given-names']}"


def _year(facts):
    return str(facts["date-released"])[:4]


def bibtex(facts, page, title, commit, address):
    """The entry of a page; of the book for its first page, which has no other title."""
    whole = title is None
    fields = {
        "author": " and ".join(map(_bibtex_name, facts["authors"])),
        "title": facts["title"] if whole else title,
        "booktitle": "" if whole else facts["title"],
        "year": _year(facts), "version": str(facts["version"]), "note": f"Commit {commit}",
        "doi": facts.get("doi", ""), "url": address,
    }
    body = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    kind = "book" if whole else "incollection"
    return f"@{kind}{{{PurePosixPath(page).name}-{_year(facts)},\n{body}}}"


def text(facts, title, commit, address):
    """The same in words."""
    chapter = f"{title}. In: " if title else ""
    told = (f"{' and '.join(map(_name, facts['authors']))} ({_year(facts)}). {chapter}"
            f"{facts['title']}. Version {facts['version']}, commit {commit}.")
    return f"{told} {address}".strip()


def report(address, page, title, commit):
    """A report of an error: its subject, its text, and the link of a form with both, if any."""
    told = f"Error in “{title}”", f"Page: {page}\nCommit: {commit}\n\n{QUESTION}\n"
    path, *names = next((how for host, how in FIELDS.items() if host in address), USUAL)
    query = urlencode(dict(zip(names, told, strict=True)))
    return *told, f"{address}{path}?{query}" if address else ""


def tell(app, page, template, context, doctree):
    """What page-facts.html shows of a page with a source."""
    if page not in app.env.titles:
        return
    title, commit = app.env.titles[page].astext(), context["commit"]
    own = None if page == app.config.root_doc else title
    base = app.config.html_baseurl
    address = urljoin(base, app.builder.get_target_uri(page)) if base else ""
    context["citation"] = {
        "text": text(app.course_citation, own, commit, address),
        "bibtex": bibtex(app.course_citation, page, own, commit, address),
    }
    context["report"] = report(repository(app), page, title, commit)


def setup(app):
    app.connect("config-inited", configure)
    app.connect("html-page-context", tell, priority=600)  # after provenance has told the commit
    return {"parallel_read_safe": True, "parallel_write_safe": True}
