"""Five thousand empty cells before the work."""
# tells: the first 2000
def damage(notebook, folder):
    empty = {"cell_type": "code", "metadata": {}, "source": "1"}
    notebook["cells"] += [empty] * 5000
    return notebook
