"""Sleeps a while in every call, below the limit of a single one."""
# points: softmax-test any, step-test any, fit-test any
# tells: without computing
import time


def softmax(x):
    time.sleep(1.4)
    return x
