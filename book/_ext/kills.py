"""`{kills} slug`: the wrong answers that an exercise's tests are proved against, from its source.

The points are those of the checks that each answer names. That it loses just these is what
`course verify` runs the answers for.
"""

from pathlib import Path

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)
HEAD = (("Misconception", 48), ("Loses", 40), ("Keeps", 12))


class Kills(SphinxDirective):
    """A table for each task of a chapter's exercise."""

    required_arguments = 1

    def run(self):
        from course_utils.exercises.source import SourceError, read

        source = Path(self.env.srcdir, "solutions", f"{self.arguments[0]}.py")
        self.env.note_dependency(str(source))
        try:
            exercise = read(source)
        except (FileNotFoundError, SourceError) as error:
            logger.warning("the table of wrong answers stays empty: %s", error,
                           location=(self.env.docname, self.lineno),
                           type="course", subtype="exercise")
            return []
        return [table(task) for task in exercise.tasks.values() if task.test]


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
