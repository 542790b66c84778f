"""The file is JSON, but no notebook."""
# points: softmax-test 0, step-test 0, fit-test 0
# tells: no notebook
def damage(notebook, folder):
    return "[]"
