"""`{kills}`: the wrong answers that the exercises' tests are proved against, from their sources.

The points are those of the checks that each answer names. That it loses just these is what
`course verify` runs the answers for.
"""

from pathlib import Path

import yaml
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)
HEAD = (("Misconception", 48), ("Loses", 40), ("Keeps", 12))


class Kills(SphinxDirective):
    """A section for each exercise, in the order of the chapters; in it, a table for each task."""

    def run(self):
        toc = Path(self.env.srcdir, self.config.external_toc_path)
        self.env.note_dependency(str(toc))
        sources = [Path(self.env.srcdir, "solutions", f"{slug}.py")
                   for slug in slugs(yaml.safe_load(toc.read_text(encoding="utf-8")))]
        return [self._section(source) for source in sources if source.is_file()]

    def _section(self, source):
        from course_utils.exercises.source import SourceError, read

        self.env.note_dependency(str(source))
        section = nodes.section(ids=[f"wrong-{source.stem}"])
        try:
            exercise = read(source)
        except SourceError as error:
            logger.warning("the table of wrong answers stays empty: %s", error,
                           location=(self.env.docname, self.lineno),
                           type="course", subtype="exercise")
            return section
        section += nodes.title("", exercise.title)
        told = StringList([f"The exercise of {{ref}}`ch-{source.stem}`."], str(source))
        self.state.nested_parse(told, self.content_offset, section)
        section += [table(task) for task in exercise.tasks.values() if task.test]
        return section


def slugs(toc):
    """The names of all pages of a table of contents, in order."""
    if isinstance(toc, list):
        return [slug for entry in toc for slug in slugs(entry)]
    if not isinstance(toc, dict):
        return []
    own = [Path(toc["file"]).name] if "file" in toc else []
    return own + [slug for value in toc.values() for slug in slugs(value)]


def table(task):
    """The wrong answers to a task, as a table with its title."""
    from course_utils.checks.cells import checks_in

    points = dict(checks_in(task.test.body))
    rows = []
    for wrong in task.wrong:
        lost = [name.strip() for name in wrong.settings["kills"].split(",")]
        kept = task.test.points - sum(points.get(name, 0) for name in lost)
        rows.append((" ".join(wrong.comment.split()), "; ".join(lost),
                     f"{kept:g} of {task.test.points:g}"))
    group = nodes.tgroup("", cols=len(HEAD))
    group += [nodes.colspec(colwidth=width) for _, width in HEAD]
    group += nodes.thead("", row([name for name, _ in HEAD]))
    body = nodes.tbody()
    body += [row(cells) for cells in rows]
    group += body
    return nodes.table("", nodes.title("", task.title), group, classes=["kills"])


def row(cells):
    """A row of plain texts."""
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", text)) for text in cells))


def setup(app):
    app.add_directive("kills", Kills)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
