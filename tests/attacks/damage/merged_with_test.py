"""A task's cell is merged with its test."""
from tests.attacks.notebooks import place


def damage(notebook, folder):
    n, m = place(notebook, "softmax"), place(notebook, "softmax-test")
    notebook["cells"][n]["source"] += "\n\n" + notebook["cells"][m]["source"]
    del notebook["cells"][m]
    return notebook
