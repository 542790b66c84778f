"""Two notebooks, of which the one with the right name counts."""
# tells: 2 notebooks were handed in; exercise.ipynb
import json


def damage(notebook, folder):
    (folder / "exercise.ipynb").write_text(json.dumps(notebook))
    (folder / "zzz.ipynb").write_text("{}")
