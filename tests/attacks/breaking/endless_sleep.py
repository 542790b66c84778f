"""Sleeps for ever."""
# points: softmax-test 0
# tells: without computing
import time


def softmax(x):
    while True:
        time.sleep(1000)
