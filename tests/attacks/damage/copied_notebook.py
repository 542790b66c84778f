"""All cells are there twice."""
# tells: There are 2 cells of
def damage(notebook, folder):
    notebook["cells"] += notebook["cells"]
    return notebook
