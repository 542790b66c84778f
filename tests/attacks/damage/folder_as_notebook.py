"""The notebook is a folder."""
# points: softmax-test 0, step-test 0, fit-test 0
# tells: Nothing could be graded
def damage(notebook, folder):
    (folder / "exercise.ipynb").mkdir()
