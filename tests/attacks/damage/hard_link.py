"""The notebook is a hard link to a file elsewhere."""
# points: softmax-test 0, step-test 0, fit-test 0
# tells: a link or a device
import json
import os


def damage(notebook, folder):
    (folder / "original").write_text(json.dumps(notebook))
    os.link(folder / "original", folder / "exercise.ipynb")
