"""What the search finds first: glossary terms, symbols and claims, under their own names.

Sphinx's search knows objects of domains; this domain lends it these. In which order the results
come is said in `_ext/search_order.js`, which Sphinx puts into the search's own script.
"""

from claims import CLAIMS
from sphinx.domains import Domain, ObjType
from symbols import SYMBOLS


class Findable(Domain):
    """Names of things that have their place in the book. It keeps nothing itself."""

    name = label = "findable"
    object_types = {  # noqa: RUF012 (Sphinx's own attribute)
        "term": ObjType("glossary term"), "symbol": ObjType("symbol"), "claim": ObjType("claim"),
    }

    def get_objects(self):
        """(name, name as shown, type, page, anchor, priority) of each."""
        for (kind, name), (page, anchor) in self.env.get_domain("std").objects.items():
            if kind == "term":
                yield name, name, "term", page, anchor, 0
        for page, symbols in SYMBOLS.of(self.env).items():
            for symbol in symbols:
                for name in symbol["names"]:
                    yield name, name, "symbol", page, symbol["id"], 0
        for page, claims in CLAIMS.of(self.env).items():
            for claim in claims:
                yield claim["id"], claim["id"], "claim", page, f"claim-{claim['id']}", 1

    def get_type_name(self, type, primary=False):
        return type.lname

    def merge_domaindata(self, docnames, otherdata):
        """Nothing to merge."""


def setup(app):
    app.add_domain(Findable)
    app.config.html_search_scorer = "book/_ext/search_order.js"
    return {"parallel_read_safe": True, "parallel_write_safe": True}
