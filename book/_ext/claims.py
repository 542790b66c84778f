"""Claims: the directive that a cell's `claim(...)` turns into, and what came of them.

A claim whose verdict is not the one that its text declares is marked on its page and listed at the
end of the build, which then fails; everything is built all the same.
"""

import json
import re
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from notes import PageNotes, reading_order
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)
WORDS = {
    "holds": "Holds", "refuted": "Refuted", "undecided": "Undecided", "definition": "Definition",
    "cited": "Cited", "pending": "Not yet measured",
}
SENTENCES = {  # in the order in which the measurement is told
    "predicted": "predicted {}", "measured": "measured **{}**", "seeds": "{} seeds",
    "smallest": "a difference counts from {}", "note": "{}",
}
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
CLAIMS = PageNotes("claims")  # page -> list of records


class claim_address(nodes.Inline, nodes.TextElement):
    """A link between a claim's place on its page and its row in the ledger; see `ledger.py`."""


def typeset(text):
    """Numbers as they are printed: a minus instead of a hyphen, powers of ten raised."""
    text = re.sub(r"(?<![\w.)\]-])-(?=\d)", "−", text)
    return re.sub(r"\b(\d+(?:\.\d+)?)e([+-])0*(\d+)\b", _power, text)


def _power(match):
    number, sign, digits = match.groups()
    power = "10" + f"{sign.strip('+')}{digits}".translate(RAISED)
    return power if number == "1" else f"{number}\u00a0×\u00a0{power}"


def measurement(record, names=tuple(SENTENCES)):
    """The facts of a claim in one sentence of Markdown."""
    told = "; ".join(SENTENCES[name].format(record[name]) for name in names if record.get(name))
    told = typeset(told.replace(" 1 seeds", " 1 seed"))
    return f"{told[:1].upper()}{told[1:]}." if told else ""


def permalink(place):
    """The mark behind a claim's verdict that links to the claim, as headings and figures have."""
    text = f'<a class="headerlink" href="#{place}" title="Link to this claim">#</a>'
    return nodes.raw("", text, format="html")


def reproduced(record):
    """Whether a claim came out as declared; those about time always count as such."""
    return record["verdict"] == record["expect"] or record["timing"]


def _verdict(argument):
    return directives.choice(argument, tuple(WORDS))


class Claim(SphinxDirective):
    """`{claim} id`, made by `course_utils.experiment.claim`."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {
        "verdict": _verdict, "expect": _verdict, "timing": directives.unchanged,
        **dict.fromkeys(SENTENCES, directives.unchanged),
    }

    def run(self):
        record = self._record()
        CLAIMS.of(self.env).setdefault(self.env.docname, []).append(record)
        return [self._box(record)]

    def _record(self):
        name = self.arguments[0]
        for page, records in CLAIMS.of(self.env).items():
            if any(record["id"] == name for record in records):
                raise self.error(f"the claim {name} is made in {page} already")
        if missing := {"verdict", "expect"} - set(self.options):
            raise self.error(f"the claim {name} has no {' and no '.join(sorted(missing))}")
        statement = " ".join(self.content)
        facts = {fact: self.options.get(fact, "") for fact in SENTENCES}
        shown = typeset(facts["measured"] or facts["note"])
        return {
            "id": name, "page": self.env.docname, "statement": statement, **facts,
            "verdict": self.options["verdict"], "expect": self.options["expect"],
            "timing": self.options.get("timing") == "true",
            "nodes": {"statement": self._parse(statement), "shown": self._parse(shown)},
        }

    def _parse(self, text):
        """A paragraph of MyST, as a copy that other pages can show."""
        holder = nodes.container()
        self.state.nested_parse(StringList([text], "claim"), self.content_offset, holder)
        return nodes.paragraph("", "", *holder[0].children) if len(holder) else nodes.paragraph()

    def _box(self, record):
        verdict, name = record["verdict"], record["id"]
        box = nodes.admonition(classes=["claim", verdict], ids=[f"claim-{name}"])
        box += nodes.title("", "", nodes.Text(WORDS[verdict]), permalink(f"claim-{name}"))
        box += record["nodes"]["statement"].deepcopy()
        facts = self._parse(measurement(record))
        facts += [nodes.Text(" "), claim_address("", name, claim=name, to="ledger")]
        box += facts
        if not reproduced(record):
            box["classes"].append("surprise")
            declared = WORDS[record["expect"]].lower()
            words = f"Did not reproduce here: the text says “{declared}”."
            box.insert(1, nodes.paragraph("", words, classes=["surprise-mark"]))
        return box


def mark_page(app, doctree):
    """Say at the top of a page which of its claims did not reproduce."""
    records = CLAIMS.of(app.env).get(app.env.docname, ())
    surprises = [record["id"] for record in records if not reproduced(record)]
    title = next(doctree.findall(nodes.title), None)
    if surprises and title is not None:
        note = nodes.paragraph("", "Did not reproduce here: ", classes=["surprise-note"])
        for name in surprises:
            note += nodes.reference("", name, refid=f"claim-{name}", internal=True, classes=["id"])
            note += nodes.Text(" ")
        title.parent.insert(title.parent.index(title) + 1, note)


def in_order(env):
    """All records, in the order of the table of contents and of the cells of each page."""
    pages = reading_order(env)
    claims = CLAIMS.of(env)
    known = [page for page in pages if page in claims]
    rest = sorted(page for page in claims if page not in pages)
    return [record for page in (*known, *rest) for record in claims[page]]


def finish(app, error):
    """Write claims.json beside the pages, and warn of what did not come out as declared."""
    if error or app.builder.format != "html":
        return
    records = in_order(app.env)
    told = [
        {**{key: value for key, value in record.items() if key != "nodes"},
         "reproduced": reproduced(record), "chapter": app.env.titles[record["page"]].astext()}
        for record in records
    ]
    text = json.dumps(told, indent=1, ensure_ascii=False)
    Path(app.outdir, "claims.json").write_text(f"{text}\n", encoding="utf-8")
    for record in records:
        if not reproduced(record):
            logger.warning(
                "the claim %s did not reproduce here: measured %s, which is “%s”; expected “%s”. "
                "Its author changes the sentence, or declares the verdict with expect=",
                record["id"], record["measured"] or "nothing", WORDS[record["verdict"]].lower(),
                WORDS[record["expect"]].lower(), location=record["page"],
                type="course", subtype="claim",
            )


def setup(app):
    CLAIMS.connect(app)
    app.add_node(claim_address)
    app.add_directive("claim", Claim)
    app.connect("doctree-read", mark_page)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
