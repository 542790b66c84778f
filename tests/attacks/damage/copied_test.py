"""A test's cell is there five times, with the same id."""
from tests.attacks.notebooks import place


def damage(notebook, folder):
    n = place(notebook, "softmax-test")
    notebook["cells"][n:n] = [notebook["cells"][n]] * 4
    return notebook
