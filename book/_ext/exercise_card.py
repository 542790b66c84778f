"""`{exercise-card} slug`: the graded exercise of a chapter, generated from its source."""

from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)
MARK = {True: "●", False: "○"}
LEVELS = 3


class ExerciseCard(SphinxDirective):
    """Title, size, the notebook to take along, and each task with its folded hints."""

    required_arguments = 1

    def run(self):
        slug = self.arguments[0]
        card = nodes.admonition(classes=["graded"])
        exercise = self._read(slug)
        if exercise is None:
            card += nodes.title("", "Graded exercise")
            card += nodes.paragraph("", "The notebook of this chapter is not in this copy.")
            return [card]
        card += nodes.title("", exercise.title)
        card += self._facts(exercise)
        card += self._parse(where(slug))
        for number, task in enumerate(exercise.tasks.values(), 1):
            card += self._parse(task_text(task, number))
        return [card]

    def _read(self, slug):
        """The exercise, or None with a warning that says why not."""
        from course_utils.exercises import source

        path = Path(self.env.srcdir, "solutions", f"{slug}.py")
        try:
            self.env.note_dependency(str(path))
            return source.read(path)
        except FileNotFoundError:
            reason = f"there is no solutions/{slug}.py"
        except source.SourceError as error:
            reason = str(error)
        logger.warning("the card of the graded exercise stays empty: %s", reason,
                       location=(self.env.docname, self.lineno), type="course", subtype="exercise")
        return None

    def _facts(self, exercise):
        notebook = f"/exercises/{exercise.slug}/{exercise.slug}.ipynb"
        link = addnodes.download_reference(
            "", "", nodes.Text("Download the notebook"), reftarget=notebook, reftype="download",
            refdomain="", refexplicit=True, refdoc=self.env.docname, refwarn=False,
            classes=["button"],
        )
        facts = (
            f"{counted(len(exercise.tasks), 'task')} · {counted(exercise.points, 'point')} · "
            f"about {counted(exercise.minutes, 'minute')}"
        )
        return nodes.paragraph("", "", link, nodes.Text(f" {facts}"), classes=["facts"])

    def _parse(self, text):
        holder = nodes.container()
        lines = StringList(text.splitlines(), f"exercise-card {self.arguments[0]}")
        self.state.nested_parse(lines, self.content_offset, holder)
        return holder.children


def counted(number, what):
    """ "1 task", "2 tasks"."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def where(slug):
    """How to open the notebook, in MyST."""
    return (
        f"In a copy of the course, `make lab` opens it: `exercises/{slug}/{slug}.ipynb`. "
        "It tests your work as you write it."
    )


def task_text(task, number):
    """A task with its statement and its hints, all folded, in MyST."""
    from course_utils.exercises.build import HINTS

    level = int(task.cell.settings["difficulty"])
    dots = "".join(MARK[n < level] for n in range(LEVELS))
    facts = (
        f"{dots} difficulty {level} of {LEVELS} · about {task.cell.settings['minutes']} minutes · "
        f"{counted(task.test.points, 'point') if task.test else 'not graded'}"
    )
    hints = "\n\n".join(
        f":::::{{dropdown}} {name}\n:class-container: hint\n{hint}\n:::::"
        for name, hint in zip(HINTS, task.hints, strict=False)
    )
    return (
        f"::::::{{dropdown}} Task {number} · {task.title}\n:class-container: task\n\n"
        f"{{.facts}}\n{facts}\n\n{task.statement}\n\n{hints}\n::::::"
    )


def setup(app):
    app.add_directive("exercise-card", ExerciseCard)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
