"""Folded solutions that open without JavaScript.

sphinx-exercise gives every exercise's text the same id and leaves folding to a script; here a
solution with `:class: dropdown` becomes a `<details>`, as the book's other folds are.
"""

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx_exercise.nodes import exercise_enumerable_node, exercise_node, solution_node


class FoldSolutions(SphinxPostTransform):
    """After sphinx-exercise has filled in the titles."""

    default_priority = 500
    builders = ("html", "dirhtml")

    def run(self, **kwargs):
        for kind in (exercise_node, exercise_enumerable_node, solution_node):
            for node in list(self.document.findall(kind)):
                for section in node.findall(nodes.section):
                    section["ids"] = []
        for node in list(self.document.findall(solution_node)):
            if "dropdown" in node["classes"]:
                node.replace_self(self._fold(node))

    def _fold(self, node):
        content = [child for child in node.children if not isinstance(child, nodes.title)]
        opening = (f'<details class="fold solution" id="{node["ids"][0]}">'
                   "<summary>Solution</summary><div>")
        node["ids"], node["classes"] = [], []  # else docutils wraps the opening in a <div> for them
        return [nodes.raw("", opening, format="html"), *content,
                nodes.raw("", "</div></details>", format="html")]


def setup(app):
    app.add_post_transform(FoldSolutions)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
