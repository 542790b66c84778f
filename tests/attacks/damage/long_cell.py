"""A cell with more text than is read."""
# tells: characters
from tests.attacks.notebooks import place


def damage(notebook, folder):
    notebook["cells"][place(notebook, "softmax")]["source"] += "\n#" + "x" * 1_000_000
    notebook["cells"][place(notebook, "words")]["source"] = "<b><i>" * 50_000
    return notebook
