"""What assistive software understands, where docutils and the theme write something else.

The role doc-biblioentry, deprecated in DPub-ARIA 1.1, is only allowed in a list that has nothing
else in it; a bibliography's entries are plain paragraphs with their own place to link to.
The ledger's rows are blocks on small screens, and a browser may then forget that they are rows.
The theme's folds in the list of pages have no name: here it is that of the page above.
"""

import re

from docutils import nodes

FOLD = re.compile(r"(<a\b[^>]*>\s*([^<]*?)\s*</a>\s*<details[^>]*>\s*<summary)>")
LEDGER = re.compile(r'<table class="[^"]*\bledger\b.*?</table>', re.S)
ROLES = {
    "<table": "table", "<thead": "rowgroup", "<tbody": "rowgroup", "<tr": "row", "<td": "cell",
    '<th(?= class="head)': "columnheader", '<th(?= class="stub)': "rowheader",
}


def visit_citation(self, node):
    self.body.append(self.starttag(node, "div", CLASS="citation"))


def depart_citation(self, node):
    self.body.append("</div>\n")


def keep_rows(app, page, template, context, doctree):
    """Say that the ledger is a table, whatever its style sheet makes of it."""
    if "body" in context:
        context["body"] = LEDGER.sub(_with_roles, context["body"])


def _with_roles(table):
    text = table[0]
    for tag, role in ROLES.items():
        text = re.sub(rf"{tag}\b", rf'\g<0> role="{role}"', text)
    return text


def name_folds(app, page, template, context, doctree):
    """Name the folds of the list of pages, which the theme makes when the template asks for it."""
    make = context["generate_toctree_html"]

    def named(kind, **settings):
        made = make(kind, **settings)
        return FOLD.sub(r'\1 aria-label="\2: pages">', str(made)) if kind == "sidebar" else made

    context["generate_toctree_html"] = named


def setup(app):
    app.connect("html-page-context", name_folds, priority=600)
    app.connect("html-page-context", keep_rows)
    app.add_node(nodes.citation, override=True, html=(visit_citation, depart_citation))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
