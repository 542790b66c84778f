"""The notebook has another name."""
# tells: final FINAL.ipynb was graded
import json


def damage(notebook, folder):
    (folder / "exercise (1) final FINAL.ipynb").write_text(json.dumps(notebook))
