"""An error whose text, name and class cannot be told."""
# points: softmax-test 0
class Odd(type):
    @property
    def __name__(cls):
        raise RuntimeError("no name")


class Error(Exception):
    name = object()

    def __str__(self):
        raise RuntimeError("no text")


def softmax(x):
    raise Error()
