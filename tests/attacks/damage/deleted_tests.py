"""All tests and given cells are deleted."""
def damage(notebook, folder):
    names = ("softmax", "step", "fit", "words")
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] in names]
    return notebook
