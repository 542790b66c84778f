"""The notebook is a link to another student's."""
# points: softmax-test 0, step-test 0, fit-test 0
# tells: cannot be opened as a file
def damage(notebook, folder):
    (folder / "exercise.ipynb").symlink_to("../../honest/exercise/exercise.ipynb")
