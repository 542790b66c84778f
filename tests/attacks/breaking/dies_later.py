"""A thread that ends the process a moment after the cell, in every new process again."""
# cell: top
# points: softmax-test any, step-test any, fit-test any
# tells: ended
import os
import threading

threading.Timer(0.05, os._exit, [1]).start()
