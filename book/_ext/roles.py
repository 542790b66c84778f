"""Roles that assistive software understands, where docutils still writes one that was withdrawn.

The role doc-biblioentry, deprecated in DPub-ARIA 1.1, is only allowed in a list that has nothing
else in it; a bibliography's entries are plain paragraphs with their own place to link to.
"""

from docutils import nodes


def visit_citation(self, node):
    self.body.append(self.starttag(node, "div", CLASS="citation"))


def depart_citation(self, node):
    self.body.append("</div>\n")


def setup(app):
    app.add_node(nodes.citation, override=True, html=(visit_citation, depart_citation))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
