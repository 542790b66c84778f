"""The student's folder is a link to another student's."""
# points: softmax-test 0, step-test 0, fit-test 0
# tells: a folder that is a link
import os


def damage(notebook, folder):
    folder.rmdir()
    os.symlink("../honest/exercise", folder)
