"""Ignores SIGINT, SIGTERM and SIGALRM, and then never returns."""
# points: softmax-test 0
# tells: computed for more than
import signal

for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGXCPU):
    signal.signal(number, signal.SIG_IGN)


def softmax(x):
    while True:
        pass
