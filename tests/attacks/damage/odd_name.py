"""The notebook's name is no UTF-8, and it is damaged too."""
# points: softmax-test 0, step-test 0, fit-test 0
# tells: no cell in it can be read
import os


def damage(notebook, folder):
    with open(os.fsencode(folder) + b"/\xff\xfe.ipynb", "w") as file:
        file.write("{")
