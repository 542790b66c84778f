"""A task's cell is there twice; the later one is right."""
# tells: There are 2 cells of softmax
import copy

from tests.attacks.notebooks import place


def damage(notebook, folder):
    n = place(notebook, "softmax")
    blank = copy.deepcopy(notebook["cells"][n])
    blank["source"] = "def softmax(x):\n    raise NotImplementedError"
    blank["id"] = "copy-of-softmax"
    notebook["cells"].insert(n, blank)
    return notebook
