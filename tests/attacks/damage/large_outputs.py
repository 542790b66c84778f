"""Outputs of 20 MB."""
from tests.attacks.notebooks import place


def damage(notebook, folder):
    output = {"output_type": "stream", "name": "stdout", "text": "x" * (20 << 20)}
    notebook["cells"][place(notebook, "fit")]["outputs"] = [output]
    return notebook
