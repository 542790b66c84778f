"""Sources with lone surrogates, zeros and control characters."""
from tests.attacks.notebooks import place


def damage(notebook, folder):
    notebook["cells"][place(notebook, "words")]["source"] = "\ud800 a \0 b \x1b[31m \x08"
    notebook["cells"][place(notebook, "softmax")]["source"] += "\n# \udfff"
    notebook["cells"].append({"cell_type": "code", "metadata": {}, "source": "print('\ud83d')\0"})
    return notebook
