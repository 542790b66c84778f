"""The file is empty."""
# points: softmax-test 0, step-test 0, fit-test 0
# tells: empty
def damage(notebook, folder):
    return ""
