"""The file breaks off in the middle of the last task."""
# points: fit-test 0
# tells: The file is damaged
import json


def damage(notebook, folder):
    text = json.dumps(notebook)
    return text[: text.index("def fit") + 10]
