"""The file is noise."""
# points: softmax-test 0, step-test 0, fit-test 0
# tells: Nothing could be graded
import random


def damage(notebook, folder):
    return random.Random(0).randbytes(100_000)
