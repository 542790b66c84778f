"""The file is JSON, nested without measure."""
# points: softmax-test 0, step-test 0, fit-test 0
# tells: Nothing could be graded
def damage(notebook, folder):
    return '{"cells": ' + "[" * 500_000
