"""Two tasks' cells are merged into one."""
# tells: The cell of step is missing
from tests.attacks.notebooks import place


def damage(notebook, folder):
    n, m = place(notebook, "softmax"), place(notebook, "step")
    notebook["cells"][n]["source"] += "\n\n\n" + notebook["cells"][m]["source"]
    del notebook["cells"][m]
    return notebook
