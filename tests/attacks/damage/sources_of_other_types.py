"""Sources that are lists of numbers, dicts or nothing."""
# base: reference
# points: softmax-test 0, step-test 0, fit-test 0
from tests.attacks.notebooks import place


def damage(notebook, folder):
    notebook["cells"][place(notebook, "softmax")]["source"] = [1, {"a": 1}, None]
    notebook["cells"][place(notebook, "step")]["source"] = {"a": 1}
    del notebook["cells"][place(notebook, "fit")]["source"]
    notebook["cells"] += [None, 5, "cell", [], {}]
    return notebook
