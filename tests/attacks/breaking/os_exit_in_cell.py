"""Ends its process while the cell is run: the other tasks are graded all the same."""
# points: softmax-test 0
# tells: it ended
import os

os._exit(3)
