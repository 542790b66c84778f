"""A task's cell is split, and both halves keep the name."""
# tells: There are 2 cells of fit; all of them
import copy

from tests.attacks.notebooks import place


def damage(notebook, folder):
    n = place(notebook, "fit")
    upper, lower = notebook["cells"][n], copy.deepcopy(notebook["cells"][n])
    lines = upper["source"].splitlines(keepends=True)
    upper["source"], lower["source"] = "".join(lines[:5]), "".join(lines[5:])
    lower["id"] = "another"
    notebook["cells"].insert(n + 1, lower)
    return notebook
