"""A written answer with scripts and frames."""
# lacks: <script>
from tests.attacks.notebooks import place


def damage(notebook, folder):
    notebook["cells"][place(notebook, "words")]["source"] = (
        "<script>steal()</script><iframe src=x></iframe><img src=x onerror=steal()>")
    return notebook
