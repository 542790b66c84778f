"""Code cells became Markdown and raw ones, and the written answer code."""
# tells: was markdown, not code
from tests.attacks.notebooks import place


def damage(notebook, folder):
    for name, kind in (("softmax", "markdown"), ("fit", "raw"), ("step-test", "markdown"),
                       ("words", "code")):
        notebook["cells"][place(notebook, name)]["cell_type"] = kind
    return notebook
