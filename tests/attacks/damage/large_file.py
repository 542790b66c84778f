"""200 MB, most of it a hole."""
# points: softmax-test 0, step-test 0, fit-test 0
# tells: 200 MB
import json


def damage(notebook, folder):
    with (folder / "exercise.ipynb").open("wb") as file:
        file.write(json.dumps(notebook).encode())
        file.truncate(200 << 20)
