"""Task cells got other ids and names."""
# tells: had lost its name
def damage(notebook, folder):
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"cell-{number}"
        if cell["cell_type"] == "code":
            cell["metadata"]["nbgrader"]["grade_id"] = f"other-{number}"
    return notebook
