"""The claim ledger, cards of single claims, and the links between a claim and its row."""

from collections import Counter

from claims import WORDS, claim_address, in_order, measurement, reproduced
from docutils import nodes
from notes import PageNotes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)
SHOWING = PageNotes("showing")  # page -> "ledger" or "cards"
HEAD = ("Claim", "Measured", "Seeds", "Verdict")
COUNTED = {  # how many claims have which verdict, in words
    "holds": ("holds", "hold"), "refuted": ("is refuted", "are refuted"),
    "undecided": ("is undecided", "are undecided"),
    "definition": ("is a definition", "are definitions"), "cited": ("is cited", "are cited"),
    "pending": ("is not yet measured", "are not yet measured"),
}


class ledger(nodes.General, nodes.Element):
    """The place of the table of all claims."""


class cards(nodes.General, nodes.Element):
    """The place of some claims' cards."""


class Ledger(SphinxDirective):
    """`{ledger}`: the table of all claims, in the order of the chapters."""

    def run(self):
        SHOWING.of(self.env)[self.env.docname] = "ledger"
        return [ledger()]


class Verdicts(SphinxDirective):
    """`{verdicts} id id id`: cards of claims, with links to their chapters."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        SHOWING.of(self.env)[self.env.docname] = "cards"
        return [cards(claims=self.arguments[0].split(), line=self.lineno)]


class ShowClaims(SphinxPostTransform):
    """Fill the places, before references are resolved: statements may contain some."""

    default_priority = 5

    def run(self, **kwargs):
        self.claims = {record["id"]: record for record in in_order(self.env)}
        for place in list(self.document.findall(ledger)):
            place.replace_self([self._counts(), self._table()])
        for place in list(self.document.findall(cards)):
            place.replace_self(self._cards(place))
        for link in list(self.document.findall(claim_address)):
            link.replace_self(self._link(link))

    def _counts(self):
        found = Counter(record["verdict"] for record in self.claims.values())
        told = [f"{found[verdict]} {words[found[verdict] > 1]}"
                for verdict, words in COUNTED.items() if found[verdict]]
        total = f"{len(self.claims)} claims: {', '.join(told)}."
        return nodes.paragraph("", total, classes=["counts"])

    def _table(self):
        table = nodes.table(classes=["ledger"])
        group = nodes.tgroup("", cols=len(HEAD))
        group += [nodes.colspec(colwidth=width, stub=1 if i == 0 else None)
                  for i, width in enumerate((50, 28, 8, 14))]
        head = nodes.row("", *(nodes.entry("", nodes.paragraph("", word)) for word in HEAD))
        group += nodes.thead("", head)
        body, page = nodes.tbody(), None
        for record in self.claims.values():
            if record["page"] != page:
                page = record["page"]
                body += self._chapter(page)
            body += self._row(record)
        group += body
        table += group
        return table

    def _chapter(self, page):
        link = self._to(page, self.env.titles[page].astext())
        cell = nodes.entry("", nodes.paragraph("", "", link), morecols=len(HEAD) - 1)
        return nodes.row("", cell, classes=["chapter"])

    def _row(self, record):
        name = record["id"]
        claim = self._copy(record, "statement")
        claim["ids"].append(f"ledger-{name}")
        claim += [nodes.Text(" "), claim_address("", name, claim=name, to="page")]
        verdict = nodes.inline("", WORDS[record["verdict"]].lower(),
                               classes=["verdict", record["verdict"]])
        told = nodes.paragraph("", "", verdict)
        if not reproduced(record):
            told += nodes.inline("", " did not reproduce here", classes=["surprise-mark"])
        shown = self._copy(record, "shown")
        cells = (claim, shown, nodes.paragraph("", record["seeds"]), told)
        return nodes.row("", *(nodes.entry("", cell) for cell in cells))

    def _cards(self, place):
        box = nodes.container(classes=["verdicts"])
        for name in place["claims"]:
            if name in self.claims:
                box += self._card(self.claims[name])
            else:
                logger.warning("there is no claim %s to show a card of", name,
                               location=(self.env.docname, place["line"]),
                               type="course", subtype="card")
        return box

    def _card(self, record):
        card = nodes.admonition(classes=["claim", record["verdict"]])
        card += nodes.title("", WORDS[record["verdict"]])
        card += self._copy(record, "statement")
        told = measurement(record, ("predicted", "measured", "seeds")).replace("**", "")
        chapter = self.env.titles[record["page"]].astext()
        link = claim_address("", chapter, claim=record["id"], to="page", chapter=True)
        card += nodes.paragraph("", f"{told} ", link)
        return card

    def _copy(self, record, name):
        """A claim's text for this page; its references start from here."""
        copy = record["nodes"][name].deepcopy()
        for reference in copy.findall(addnodes.pending_xref):
            reference["refdoc"] = self.env.docname
        return copy

    def _link(self, link):
        record, text = self.claims[link["claim"]], link.astext()
        classes = [] if link.get("chapter") else ["id"]
        if link["to"] == "page":
            return self._to(record["page"], text, f"claim-{record['id']}", classes)
        page = next((p for p, what in SHOWING.of(self.env).items() if what == "ledger"), None)
        if page is None:  # a book without a ledger
            return nodes.inline("", text, classes=classes)
        return self._to(page, text, f"ledger-{record['id']}", classes)

    def _to(self, page, text, anchor="", classes=()):
        here = page == self.env.docname
        address = "" if here else self.app.builder.get_relative_uri(self.env.docname, page)
        address += f"#{anchor}" if anchor else ""
        return nodes.reference("", text, internal=True, refuri=address, classes=list(classes))


def showing_pages(app, env):
    """Pages that show other pages' claims are always written again: they are few."""
    return list(SHOWING.of(env))


def setup(app):
    SHOWING.connect(app)
    for node in (ledger, cards):
        app.add_node(node)
    app.add_directive("ledger", Ledger)
    app.add_directive("verdicts", Verdicts)
    app.add_post_transform(ShowClaims)
    app.connect("env-get-updated", showing_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
