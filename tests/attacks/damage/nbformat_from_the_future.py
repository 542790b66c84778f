"""It says nbformat 99."""
def damage(notebook, folder):
    return {**notebook, "nbformat": 99, "nbformat_minor": "beta"}
