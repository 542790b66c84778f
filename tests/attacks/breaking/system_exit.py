"""Raises SystemExit and KeyboardInterrupt in a cell and in a function."""
# points: softmax-test 0
# tells: SystemExit
import sys


def softmax(x):
    raise KeyboardInterrupt


sys.exit("enough")
