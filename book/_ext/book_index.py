"""What goes into the index by itself: functions of the cells, and where terms are used first.

The glossary's terms and `{index}` entries are there anyway. The index names the pages that an
entry leads to; see `genindex.html` among the templates.
"""

import ast

from cells import parsed, shown
from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.transforms.references import SphinxDomains

LIBRARIES = ("torch", "course_utils")


class AddEntries(SphinxTransform):
    """Before Sphinx gathers what is in the index, which is earlier than `doctree-read`."""

    default_priority = SphinxDomains.default_priority - 10

    def apply(self, **kwargs):
        add_functions(self.document)
        add_terms(self.document)


def add_functions(doctree):
    """Functions and classes that cells define, and what they first use of the libraries."""
    places, names, seen = shown(doctree), {}, set()
    for code, place in places.items():
        tree = parsed(code)
        names |= _imports(tree)
        entries = [f"{node.name}()" for node in tree.body if isinstance(node, ast.FunctionDef)]
        entries += [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
        used = [name for call in _calls(tree) if (name := _full_name(call.func, names))]
        entries += [f"{library}; {rest}" for library, rest in used]
        new = [entry for entry in dict.fromkeys(entries) if entry not in seen]
        seen.update(new)
        if new:
            index = addnodes.index(entries=[("single", e, place, "", None) for e in new])
            doctree.insert(0, index)


def _calls(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _imports(tree):
    """{name in the page: full name} of what a cell imports."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0]
                      for a in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return found


def _full_name(node, names):
    """("torch", "nn.functional.relu") for `F.relu`; None for what is of no known library."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in names:
        return None
    library, _, rest = ".".join([names[node.id], *reversed(parts)]).partition(".")
    return (library, rest) if library in LIBRARIES and rest else None


def add_terms(doctree):
    """The first use of each glossary term on a page."""
    seen = set()
    for use in list(doctree.findall(addnodes.pending_xref)):
        named = use["reftarget"]
        term = named.lower() if named[1:].islower() else named  # a sentence may begin with it
        if use["reftype"] == "term" and term not in seen:
            seen.add(term)
            place = f"use-{nodes.make_id(term)}"
            target = nodes.target("", "", ids=[place])
            entry = addnodes.index(entries=[("single", term, place, "", None)])
            use.parent.insert(use.parent.index(use), [entry, target])


def name_pages(app, page, template, context, doctree):
    """For the template of the index: the links of an entry as (title, [addresses]), main first."""
    if page == "genindex":
        context["places"] = lambda links: _places(app.env, links)


def _places(env, links):
    found = {}
    for _, address in sorted(links, key=lambda link: not link[0]):
        found.setdefault(address.partition(".html")[0], []).append(address)
    return [(env.titles[page].astext(), addresses) for page, addresses in found.items()]


def setup(app):
    app.add_transform(AddEntries)
    app.connect("html-page-context", name_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
