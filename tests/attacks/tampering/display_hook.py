"""A display hook, and a print, that forge a score."""
# cell: softmax
# points: softmax-test 0
import builtins
import sys


class Score:
    def __repr__(self):
        return "6"

    _repr_html_ = __repr__


def hook(value):
    print(6)
    return Score()


sys.displayhook = hook
builtins.print = lambda *words, **named: sys.stdout.write("6\n")


def softmax(x):
    print("6")
    return Score()


Score()
