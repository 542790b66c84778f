"""A task's cell is deleted."""
# points: softmax-test 0
# tells: The cell of softmax is missing
from tests.attacks.notebooks import place


def damage(notebook, folder):
    del notebook["cells"][place(notebook, "softmax")]
    return notebook
