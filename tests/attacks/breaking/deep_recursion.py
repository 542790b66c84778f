"""Recursion without end, with the limit removed."""
# points: softmax-test 0
import sys

sys.setrecursionlimit(10**9)


def softmax(x):
    return softmax(x)
