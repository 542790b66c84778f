"""Names and ids that are lists, numbers, dicts."""
def damage(notebook, folder):
    for cell, name in zip(notebook["cells"], [[], {}, 5, None, ["softmax"], {"a": 1}] * 9):
        cell["metadata"]["nbgrader"]["grade_id"] = name
    return notebook
