"""`{syllabus} 12`: the chapters spread over twelve weeks, by their minutes and points."""

from itertools import count

from chapters import exercise, in_order
from docutils import nodes
from docutils.parsers.rst import directives
from exercise_card import counted
from notes import PageNotes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

SHOWING = PageNotes("showing_syllabi")
HEAD = (("Week", 8), ("Chapters", 38), ("Graded exercise", 32), ("Hours", 10), ("Points", 12))


class plan(nodes.General, nodes.Element):
    """Where a syllabus goes."""


class Syllabus(SphinxDirective):
    """Filled in when all chapters are known."""

    required_arguments = 1

    def run(self):
        try:
            weeks = directives.positive_int(self.arguments[0])
        except ValueError:
            raise self.error(f"expected a number of weeks, got {self.arguments[0]}") from None
        SHOWING.of(self.env)[self.env.docname] = True
        return [plan(weeks=weeks)]


def spread(minutes, weeks):
    """The chapters of each week, as lists of places in `minutes`.

    Their order is kept, no week stays empty while another has two, and the longest week is as
    short as it can be.
    """
    plans = (filled(minutes, weeks, most) for most in count(max(minutes, default=0)))
    return next(found for found in plans if len(found) <= weeks)


def filled(minutes, weeks, most):
    """Weeks of at most so many minutes; as many as that takes, and no fewer than there are."""
    found = []
    for place, needed in enumerate(minutes):
        one_each = len(minutes) - place <= weeks - len(found)
        full = bool(found) and sum(minutes[i] for i in found[-1]) + needed > most
        if not found or full or one_each:
            found.append([])
        found[-1].append(place)
    return found


class FillSyllabi(SphinxPostTransform):
    """A table, and a sentence on what it asks of the students."""

    default_priority = 5

    def run(self, **kwargs):
        for node in list(self.document.findall(plan)):
            chapters = in_order(self.env)
            works = [exercise(self.env, chapter.slug) for chapter in chapters]
            minutes = [chapter.minutes + (work.minutes if work else 0)
                       for chapter, work in zip(chapters, works, strict=True)]
            weeks = spread(minutes, node["weeks"])
            table = self._table(weeks, chapters, works, minutes)
            points = sum(work.points for work in works if work)
            longest = max((sum(minutes[i] for i in week) for week in weeks), default=0)
            told = (f"{counted(len(chapters), 'chapter')}, {counted(points, 'point')}; "
                    f"the longest week asks for {hours(longest)} hours. "
                    f"{free(len(weeks), node['weeks'])}")
            node.replace_self([table, nodes.paragraph("", told, classes=["facts"])])

    def _table(self, weeks, chapters, works, minutes):
        group = nodes.tgroup("", cols=len(HEAD))
        group += [nodes.colspec(colwidth=width) for _, width in HEAD]
        group += nodes.thead("", row([nodes.Text(name)] for name, _ in HEAD))
        body = nodes.tbody()
        for number, week in enumerate(weeks, 1):
            graded = [works[i] for i in week if works[i]]
            body += row([
                [nodes.Text(str(number))],
                between([self._link(chapters[i]) for i in week]),
                [nodes.Text(", ".join(work.title for work in graded))],
                [nodes.Text(hours(sum(minutes[i] for i in week)))],
                [nodes.Text(str(sum(work.points for work in graded)))],
            ])
        group += body
        return nodes.table("", group, classes=["syllabus"])

    def _link(self, chapter):
        address = self.app.builder.get_relative_uri(self.env.docname, chapter.page)
        return nodes.reference("", chapter.title, internal=True, refuri=address)


def between(links):
    """The links with commas between them."""
    return [node for link in links for node in (nodes.Text(", "), link)][1:]


def row(cells):
    """A row, from the inline nodes of each of its cells."""
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells))


def hours(minutes):
    """ "2.5" for 150."""
    return f"{minutes / 60:.1f}"


def free(used, weeks):
    """Which weeks are left over."""
    if used == weeks:
        return "No week is free."
    if used == weeks - 1:
        return f"Week {weeks} is still free."
    return f"Weeks {used + 1} to {weeks} are still free."


def showing_pages(app, env):
    """Pages with a syllabus are always written again: they are few."""
    return list(SHOWING.of(env))


def setup(app):
    SHOWING.connect(app)
    app.add_node(plan)
    app.add_directive("syllabus", Syllabus)
    app.add_post_transform(FillSyllabi)
    app.connect("env-get-updated", showing_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
