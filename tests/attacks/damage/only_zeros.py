"""The file holds zeros, as after a crash."""
# points: softmax-test 0, step-test 0, fit-test 0
# tells: empty
def damage(notebook, folder):
    return bytes(5000)
