"""Points, locks and flags in the metadata are changed."""
def damage(notebook, folder):
    for cell in notebook["cells"]:
        grading = cell["metadata"]["nbgrader"]
        grading.update(points=100, locked=False, grade=True, solution=not grading["solution"])
    return notebook
