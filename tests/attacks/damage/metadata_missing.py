"""All metadata is gone, as after a conversion; so are the ids."""
# tells: had lost its name
def damage(notebook, folder):
    for cell in notebook["cells"]:
        del cell["metadata"], cell["id"]
    return notebook
