"""The notebook is a pipe, which would be read for ever."""
# points: softmax-test 0, step-test 0, fit-test 0
# tells: a link or a device
import os


def damage(notebook, folder):
    os.mkfifo(folder / "exercise.ipynb")
