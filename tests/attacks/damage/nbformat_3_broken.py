"""It says nbformat 3 and is nothing of the kind."""
# points: softmax-test 0, step-test 0, fit-test 0
# tells: Nothing could be graded
def damage(notebook, folder):
    return {"nbformat": 3, "nbformat_minor": "x", "worksheets": [{"cells": [5, None, {}]}, 7]}
