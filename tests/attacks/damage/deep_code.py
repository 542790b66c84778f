"""Code that no parser takes: nested without measure."""
# points: softmax-test 0
# tells: Error
from tests.attacks.notebooks import place


def damage(notebook, folder):
    code = "x = 0" + " + 1" * 100_000
    notebook["cells"].append({"cell_type": "code", "metadata": {}, "source": code})
    notebook["cells"][place(notebook, "softmax")]["source"] = code
    return notebook
