"""Metadata that are lists, texts, or nested without measure."""
def damage(notebook, folder):
    deep = []
    for _ in range(400):
        deep = [deep]
    for cell, other in zip(notebook["cells"], [[], "x", 5, None, {"nbgrader": [1]}] * 9):
        cell["metadata"] = other
    notebook["cells"][1]["metadata"] = {"deep": deep, "nbgrader": {"grade_id": deep}}
    notebook["metadata"] = deep
    return notebook
