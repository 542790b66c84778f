"""The names are wrong, and the ids are as they were."""
def damage(notebook, folder):
    for cell in notebook["cells"]:
        cell["metadata"]["nbgrader"]["grade_id"] += "-x"
    return notebook
