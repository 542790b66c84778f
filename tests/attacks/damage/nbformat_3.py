"""The notebook is in nbformat 3."""
# tells: old format
import nbformat


def damage(notebook, folder):
    old = nbformat.convert(nbformat.from_dict(notebook), 3)
    return nbformat.v3.writes_json(old)
