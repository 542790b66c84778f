"""Claims: the directive that a cell's `claim(...)` turns into, the ledger, and cards of verdicts.

A claim whose verdict is not the one that its text declares is marked on its page, listed at the
end of the build, and makes the build fail once everything is built.
"""

import json
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

WORDS = {
    "holds": "Holds", "refuted": "Refuted", "undecided": "Undecided", "definition": "Definition",
    "cited": "Cited", "pending": "Not yet measured",
}
FACTS = ("predicted", "measured", "seeds", "smallest", "note")
SENTENCES = {
    "predicted": "Predicted {}", "measured": "measured **{}**", "seeds": "{} seeds",
    "smallest": "a difference counts from {}", "note": "{}",
}


class claim_link(nodes.Inline, nodes.TextElement):
    """A link to a claim, on its page or in the ledger; its address is known when all is read."""


class ledger(nodes.General, nodes.Element):
    """The place of the ledger's table."""


class verdicts(nodes.General, nodes.Element):
    """The place of some claims' cards."""


def records(env):
    """Claims by id; each a dict with its page, its facts and its statement as nodes."""
    if not hasattr(env, "course_claims"):
        env.course_claims = {}
    return env.course_claims


def kept(record):
    """Whether a claim came out as declared; times never fail."""
    return record["verdict"] == record["expect"] or record["timing"] == "true"


class Claim(SphinxDirective):
    """`{claim} id`, made by `course_utils.experiment.claim`."""

    required_arguments = 1
    has_content = True
    option_spec = dict.fromkeys(("verdict", "expect", "timing", *FACTS), directives.unchanged)

    def run(self):
        name, known = self.arguments[0], records(self.env)
        if name in known and known[name]["page"] != self.env.docname:
            raise self.error(f"claim {name} is made in {known[name]['page']} already")
        record = {"id": name, "page": self.env.docname, "timing": "false", **self.options}
        statement = nodes.paragraph()
        self._parse("\n".join(self.content), statement)
        record["statement"], record["nodes"] = self.content[0], statement.children
        known[name] = record
        return [self._box(record, statement)]

    def _parse(self, text, paragraph):
        holder = nodes.container()
        self.state.nested_parse(StringList(text.splitlines(), "claim"), self.content_offset, holder)
        paragraph += holder[0].children if len(holder) else []

    def _box(self, record, statement):
        verdict = record["verdict"]
        box = nodes.admonition(classes=["claim", verdict], ids=[f"claim-{record['id']}"])
        box += nodes.title("", WORDS[verdict])
        box += statement
        facts = nodes.paragraph()
        self._parse(facts_text(record), facts)
        facts += [nodes.Text(" "), claim_link("", record["id"], claim=record["id"], to="ledger")]
        box += facts
        if not kept(record):
            box["classes"].append("surprise")
            note = f"Did not reproduce here: the text declares “{WORDS[record['expect']]}”."
            box += nodes.paragraph("", "", nodes.strong("", note))
        return box


def facts_text(record):
    """The measurement in one line of Markdown."""
    told = [SENTENCES[name].format(record[name]) for name in FACTS if record.get(name)]
    text = "; ".join(told)
    return f"{text[:1].upper()}{text[1:]}." if text and not text.endswith(".") else text


class Ledger(SphinxDirective):
    """`{ledger}`: the table of all claims, in the order of the chapters."""

    def run(self):
        self.env.course_ledger = self.env.docname
        return [ledger()]


class Verdicts(SphinxDirective):
    """`{verdicts} id id id`: cards of claims, with links to their chapters."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        return [verdicts(claims=self.arguments[0].split())]


def in_order(env):
    """Claims in the order of the table of contents, and within a page of their cells."""
    order = {page: i for i, page in enumerate(_pages(env, env.config.root_doc))}
    return sorted(records(env).values(), key=lambda r: order.get(r["page"], len(order)))


def _pages(env, page, seen=None):
    seen = {} if seen is None else seen
    if page not in seen:
        seen[page] = None
        for child in env.toctree_includes.get(page, []):
            _pages(env, child, seen)
    return list(seen)


def fill(app, doctree, docname):
    """Put tables, cards and addresses where their places are."""
    for place in list(doctree.findall(ledger)):
        place.replace_self(_table(in_order(app.env)))
    for place in list(doctree.findall(verdicts)):
        place.replace_self(_cards(app.env, place["claims"], docname))
    for link in list(doctree.findall(claim_link)):
        link.replace_self(_reference(app, link, docname))


def _table(claims):
    table = nodes.table(classes=["ledger"])
    group = nodes.tgroup(cols=4)
    table += group
    group += [nodes.colspec(colwidth=width) for width in (55, 25, 8, 12)]
    head = nodes.row()
    words = ("Claim", "Measured", "Seeds", "Verdict")
    head += [nodes.entry("", nodes.paragraph("", word)) for word in words]
    group += nodes.thead("", head)
    group += nodes.tbody("", *map(_row, claims))
    return table


def _row(record):
    claim = nodes.paragraph(ids=[f"ledger-{record['id']}"])
    claim += [node.deepcopy() for node in record["nodes"]]
    claim += [nodes.Text(" "), claim_link("", record["id"], claim=record["id"], to="page")]
    word = WORDS[record["verdict"]] + ("" if kept(record) else " (not as declared)")
    verdict = nodes.inline("", word.lower(), classes=["verdict", record["verdict"]])
    cells = [claim, nodes.paragraph("", record.get("measured", "")),
             nodes.paragraph("", record.get("seeds", "")), nodes.paragraph("", "", verdict)]
    return nodes.row("", *(nodes.entry("", cell) for cell in cells))


def _cards(env, names, docname):
    cards = nodes.container(classes=["verdicts"])
    for name in names:
        record = records(env).get(name)
        if record is None:
            raise ExtensionError(f"{docname}: there is no claim {name}")
        card = nodes.admonition(classes=["claim", record["verdict"]])
        card += nodes.title("", WORDS[record["verdict"]])
        card += nodes.paragraph("", "", *(node.deepcopy() for node in record["nodes"]))
        measured = nodes.paragraph("", _measured(record))
        chapter = env.titles[record["page"]].astext()
        measured += claim_link("", chapter, claim=name, to="page", chapter=True)
        card += measured
        cards += card
    return cards


def _measured(record):
    told = [SENTENCES[name].replace("*", "").format(record[name])
            for name in ("predicted", "measured", "seeds") if record.get(name)]
    text = "; ".join(told)
    return f"{text[:1].upper()}{text[1:]}. " if text else ""


def _reference(app, link, docname):
    record, to_ledger = records(app.env)[link["claim"]], link["to"] == "ledger"
    page = getattr(app.env, "course_ledger", None) if to_ledger else record["page"]
    classes = [] if link.get("chapter") else ["id"]
    if page is None:
        return nodes.inline("", link.astext(), classes=classes)
    anchor = f"#{'ledger' if to_ledger else 'claim'}-{record['id']}"
    address = anchor if page == docname else app.builder.get_relative_uri(docname, page) + anchor
    return nodes.reference("", link.astext(), internal=True, refuri=address, classes=classes)


def purge(app, env, docname):
    """Forget the claims of a page that is read again or removed."""
    for name in [n for n, record in records(env).items() if record["page"] == docname]:
        del records(env)[name]


def showing_pages(app, env):
    """Pages that show other pages' claims are always rendered: they are few."""
    return [page for page in (getattr(env, "course_ledger", None), *_homes(env)) if page]


def _homes(env):
    return [page for page in env.found_docs if page.endswith("intro")]


def finish(app, error):
    """Write claims.json beside the pages; list what did not come out as declared, and fail."""
    if error or app.builder.format != "html":
        return
    claims = in_order(app.env)
    plain = [{k: v for k, v in claim.items() if k != "nodes"} for claim in claims]
    Path(app.outdir, "claims.json").write_text(json.dumps(plain, indent=1), encoding="utf-8")
    surprises = [
        f"{r['page']}: [{r['id']}] came out “{WORDS[r['verdict']]}”, the text declares "
        f"“{WORDS[r['expect']]}”; measured {r.get('measured', '(nothing)')}"
        for r in claims if not kept(r)
    ]
    if surprises:
        raise ExtensionError(
            "the book is built; these claims did not reproduce here:\n  " + "\n  ".join(surprises)
        )


def setup(app):
    app.add_node(claim_link)
    app.add_node(ledger)
    app.add_node(verdicts)
    app.add_directive("claim", Claim)
    app.add_directive("ledger", Ledger)
    app.add_directive("verdicts", Verdicts)
    app.connect("env-purge-doc", purge)
    app.connect("env-get-updated", showing_pages)
    app.connect("doctree-resolved", fill)
    app.connect("build-finished", finish, priority=900)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
