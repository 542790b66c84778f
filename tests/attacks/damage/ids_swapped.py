"""Two tasks' names are swapped: a test gets what it asks for all the same."""
# points: softmax-test any, step-test any
from tests.attacks.notebooks import place


def damage(notebook, folder):
    a, b = (notebook["cells"][place(notebook, name)] for name in ("softmax", "step"))
    a["metadata"], b["metadata"] = b["metadata"], a["metadata"]
    a["id"], b["id"] = b["id"], a["id"]
    return notebook
