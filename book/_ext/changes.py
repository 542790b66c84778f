"""`{changes}`: what changed for readers, from the changelog's headings Chapters and Exercises."""

import re
from pathlib import Path

import yaml
from docutils import nodes
from docutils.statemachine import StringList
from kills import slugs
from sphinx.util.docutils import SphinxDirective

READERS = ("Chapters", "Exercises")
VERSION = re.compile(r"^## \[?([^\]\n]+)\]?(?: - (.+))?\n(.*?)(?=^## |\Z)", re.M | re.S)
HEADING = re.compile(r"^### (.+)\n(.*?)(?=^### |\Z)", re.M | re.S)


class Changes(SphinxDirective):
    """A section for each version, with the two lists."""

    def run(self):
        changelog = Path(self.env.srcdir, "CHANGELOG.md")
        toc = Path(self.env.srcdir, self.config.external_toc_path)
        for path in (changelog, toc):
            self.env.note_dependency(str(path))
        self.chapters = [slug for slug in slugs(yaml.safe_load(toc.read_text(encoding="utf-8")))
                         if self._is_chapter(slug)]
        text = changelog.read_text(encoding="utf-8")
        return [self._version(*found) for found in VERSION.findall(text)]

    def _is_chapter(self, slug):
        page = Path(self.env.srcdir, "book", f"{slug}.md")
        return page.is_file() and f"(ch-{slug})=" in page.read_text(encoding="utf-8")

    def _version(self, name, date, text):
        section = nodes.section(ids=[nodes.make_id(f"version-{name}")])
        section += nodes.title("", f"Version {name}, {date}" if date else "Since the last version")
        lists = dict(HEADING.findall(text))
        for kind in READERS:
            told = self._linked(lists.get(kind, "").strip())
            if told:
                lines = StringList(f"**{kind}**\n\n{told}".splitlines(), "CHANGELOG.md")
                self.state.nested_parse(lines, self.content_offset, section)
        return section

    def _linked(self, text):
        """Names of chapters in backquotes become links."""
        names = "|".join(map(re.escape, self.chapters))
        return re.sub(rf"`({names})`", r"{ref}`ch-\1`", text) if names else text


def setup(app):
    app.add_directive("changes", Changes)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
