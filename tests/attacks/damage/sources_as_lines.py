"""Honest: the sources are lists of lines, as nbformat writes them."""
def damage(notebook, folder):
    for cell in notebook["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
    return notebook
