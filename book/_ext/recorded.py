"""`{recorded} name`: where a recorded result comes from, or that it is not yet measured."""

from docutils import nodes
from sphinx.util.docutils import SphinxDirective


class Recorded(SphinxDirective):
    """The badge of one file of `book/results/`."""

    required_arguments = 1

    def run(self):
        from course_utils import results

        name = self.arguments[0]
        path = results.FOLDER / f"{name}.json"
        if path.is_file():  # a page with a missing file would be read again by each build
            self.env.note_dependency(str(path))
        try:
            result = results.load(name)
        except ValueError as error:
            raise self.error(str(error)) from error
        box = nodes.admonition(classes=["recorded", "measured" if result else "pending"])
        box += nodes.title("", "Recorded run" if result else "Not yet measured")
        for sentence in provenance(result) if result else awaited(name):
            box += nodes.paragraph("", "", *marked(sentence))
        return [box]


def provenance(result):
    """What was run, and where, in two sentences."""
    origin = result.provenance
    return [
        result.what,
        f"{len(result.seeds)} seeds, {result.seconds:.0f} s on {origin['hardware']}; "
        f"torch {origin['torch']}, Python {origin['python']}, commit `{origin['commit']}`, "
        f"{origin['date']}.",
    ]


def awaited(name):
    """How to make a result that is not there."""
    preset = name.rsplit("-", 1)[-1]
    return [f"This run has not been made. `make results PRESET={preset}` makes it."]


def marked(sentence):
    """Nodes of a sentence in which code stands between backquotes."""
    parts = sentence.split("`")
    return [nodes.literal("", part) if i % 2 else nodes.Text(part) for i, part in enumerate(parts)]


def setup(app):
    app.add_directive("recorded", Recorded)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
