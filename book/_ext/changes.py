"""`{changes}`: what changed for readers, from the changelog's headings Chapters and Exercises."""

import re
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

READERS = ("Chapters", "Exercises")
NAME = re.compile(r"`([a-z0-9-]+)`")
VERSION = re.compile(r"^## \[?([^\]\n]+)\]?(?: - ([^\n]+))?\n(.*?)(?=^## |\Z)", re.M | re.S)
HEADING = re.compile(r"^### ([^\n]+)\n(.*?)(?=^### |\Z)", re.M | re.S)


class Changes(SphinxDirective):
    """A section for each version, with the two lists."""

    def run(self):
        changelog = Path(self.env.srcdir, "CHANGELOG.md")
        self.env.note_dependency(str(changelog))
        text = changelog.read_text(encoding="utf-8")
        return [self._version(*found) for found in VERSION.findall(text)]

    def _version(self, name, date, text):
        section = nodes.section(ids=[nodes.make_id(f"version-{name}")])
        section += nodes.title("", f"Version {name}, {date}" if date else "Since the last version")
        lists = dict(HEADING.findall(text))
        for kind in READERS:
            told = NAME.sub(self._link, lists.get(kind, "").strip())
            if told:
                lines = StringList(f"**{kind}**\n\n{told}".splitlines(), "CHANGELOG.md")
                self.state.nested_parse(lines, self.content_offset, section)
        return section

    def _link(self, match):
        """A link to the chapter that a name in backquotes stands for."""
        page = Path(self.env.srcdir, "book", f"{match[1]}.md")
        known = page.is_file() and f"(ch-{match[1]})=" in page.read_text(encoding="utf-8")
        return f"{{ref}}`ch-{match[1]}`" if known else match[0]


def setup(app):
    app.add_directive("changes", Changes)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
