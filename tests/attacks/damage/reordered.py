"""The cells stand in reverse."""
# tells: Cells stood in another order
def damage(notebook, folder):
    notebook["cells"].reverse()
    return notebook
