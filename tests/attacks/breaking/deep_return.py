"""Returns a list that contains itself, and one nested very deep."""
# points: softmax-test 0
def softmax(x):
    a = []
    a.append(a)
    return a
