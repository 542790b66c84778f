"""Starts threads without end."""
# points: softmax-test 0
import threading
import time


def softmax(x):
    while True:
        threading.Thread(target=time.sleep, args=(100,)).start()
