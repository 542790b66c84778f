"""The given cell and a task's are merged under the given one's name."""
# points: softmax-test any
# tells: The cell given-setup was changed
from tests.attacks.notebooks import place


def damage(notebook, folder):
    n, m = place(notebook, "given-setup"), place(notebook, "softmax")
    notebook["cells"][n]["source"] += "\n\n" + notebook["cells"][m]["source"]
    del notebook["cells"][m]
    return notebook
