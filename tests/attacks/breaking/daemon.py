"""Forks a daemon that leaves its session and ignores every signal."""
# cell: top
import os
import signal
import time

if os.fork() == 0:
    os.setsid()
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    if os.fork() == 0:
        time.sleep(9877)
    os._exit(0)
