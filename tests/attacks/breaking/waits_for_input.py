"""Waits for input, for a lock and for a pipe that nobody writes to."""
# points: softmax-test 0
# tells: EOF
def softmax(x):
    return input()


input("Your name? ")
