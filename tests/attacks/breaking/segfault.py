"""Crashes the interpreter."""
# points: softmax-test 0
# tells: it ended
import ctypes


def softmax(x):
    ctypes.string_at(0)
