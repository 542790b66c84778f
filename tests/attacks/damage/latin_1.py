"""The file is not UTF-8 but Latin-1."""
# tells: not UTF-8
import json

from tests.attacks.notebooks import place


def damage(notebook, folder):
    notebook["cells"][place(notebook, "words")]["source"] = "Größe über alles"
    return json.dumps(notebook, ensure_ascii=False).encode("latin-1", "replace")
