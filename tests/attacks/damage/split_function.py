"""A task's cell is split in the middle of its function; the lower half lost its name."""
# tells: There are 2 cells of softmax; all of them
from tests.attacks.notebooks import place


def damage(notebook, folder):
    n = place(notebook, "softmax")
    cell = notebook["cells"][n]
    lines = cell["source"].splitlines(keepends=True)
    cell["source"] = "".join(lines[:4])
    notebook["cells"].insert(n + 1, {
        "cell_type": "code", "id": "5b1c", "metadata": {}, "source": "".join(lines[4:]),
        "outputs": [], "execution_count": None})
    return notebook
