"""Cells of types that there are not."""
# tells: its text was taken
from tests.attacks.notebooks import place


def damage(notebook, folder):
    for name, kind in (("softmax", "heading"), ("step", None), ("fit", ["code"])):
        notebook["cells"][place(notebook, name)]["cell_type"] = kind
    return notebook
