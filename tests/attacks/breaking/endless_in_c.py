"""A loop inside C that holds the interpreter."""
# points: softmax-test 0
# tells: computed for more than
def softmax(x):
    return 7 ** (7 ** 11) % 3
