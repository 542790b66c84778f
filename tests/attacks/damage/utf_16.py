"""The file is UTF-16, as an editor of Windows may write it."""
# tells: not UTF-8
import json


def damage(notebook, folder):
    return json.dumps(notebook).encode("utf-16")
