"""Ends its process in the middle of a call."""
# points: softmax-test 0
# tells: it ended
import os


def softmax(x):
    os._exit(0)
