"""A text made to keep regular expressions busy."""
from tests.attacks.notebooks import place


def damage(notebook, folder):
    notebook["cells"][place(notebook, "softmax")]["source"] += (
        "\n" + "### BEGIN HIDDEN TESTS\n" * 20_000)
    notebook["cells"][place(notebook, "words")]["source"] = "\n" * 50_000 + "=== BEGIN MARK SCHEME"
    return notebook
