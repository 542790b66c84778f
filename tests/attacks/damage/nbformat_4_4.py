"""The notebook is in nbformat 4.4, which has no ids."""
def damage(notebook, folder):
    for cell in notebook["cells"]:
        del cell["id"]
    return {**notebook, "nbformat": 4, "nbformat_minor": 4}
