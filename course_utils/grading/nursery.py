"""Processes for students' code, forked from one in which everything slow has happened already.

A station forks the nursery before it knows any submission or test, so what a student's process
inherits holds no secret. The station's judges ask over a socket for processes and for their use of
time; a nursery serves one judge at a time.
"""

import json
import socket
import sys
import time

from course_utils.grading import sandbox
from course_utils.grading.wire import Channel, Lost
from course_utils.grading.worker import Worker

COLD = [sys.executable, "-m", "course_utils.grading.worker", "3"]  # where nothing can be forked
CPU, TOTAL_CPU = 120.0, 900.0  # seconds of one request, and of all of a submission
IDLE, PATIENCE = 60.0, 1800.0  # seconds without computing; wall time of a request at the most


class Overloaded(Exception):
    """The machine gives the student's process no time: the submission is to be graded again."""


def serve(control, protection, limits):
    """Start, measure and end students' processes as the messages on `control` ask."""
    children = {}
    while True:
        try:
            message, (descriptor, *_), _, _ = socket.recv_fds(control, 1 << 16, 1)
        except ValueError:  # no descriptor came
            descriptor = None
        if not message:
            break
        request = json.loads(message)
        answer = None
        if request["do"] == "start":
            child = _start(descriptor, protection, limits)
            children[child.pid] = child
            answer = child.pid
        elif request["do"] == "usage":
            child = children[request["pid"]]
            answer = [child.cpu_seconds(), child.starved_seconds()]
        elif request["do"] == "clear":
            for child in children.values():
                child.kill()
            children.clear()
        control.sendall(json.dumps(answer).encode() + b"\n")
    for child in children.values():
        child.kill()


def _start(descriptor, protection, limits):
    with socket.socket(fileno=descriptor) as connection:
        main = COLD if protection.rung == "container" else lambda: _work(descriptor)
        return sandbox.start(main, protection, limits, keep=[connection.fileno()])


def _work(descriptor):
    Worker(Channel(socket.socket(fileno=descriptor))).serve()
    return 0


class Nursery:
    """The judge's side of a nursery's control socket."""

    def __init__(self, control):
        self.control, self.reader = control, control.makefile("r")
        self.used = 0.0  # CPU seconds of processes that are gone
        self.pid = None

    def _ask(self, request, descriptors=()):
        socket.send_fds(self.control, [json.dumps(request).encode()], descriptors)
        return json.loads(self.reader.readline())

    def connect(self):
        """A channel to a new student's process, with its use of time watched."""
        if self.pid is not None:
            self.used += self.usage()[0]
        here, there = socket.socketpair()
        with there:
            self._ask({"do": "clear"})
            self.pid = self._ask({"do": "start"}, [there.fileno()])
        return Channel(here, Watch(self))

    def usage(self):
        """(CPU seconds, seconds of waiting for a core) of the current process."""
        return self._ask({"do": "usage", "pid": self.pid})

    def clear(self):
        """End all processes."""
        self._ask({"do": "clear"})


class Watch:
    """Ends requests that take too long; what counts is the process's own use of time.

    A request may take so much CPU time and may idle for so long; time in which the process waits
    for a core counts for nothing, so a loaded machine changes no grade.
    """

    def __init__(self, nursery, every=0.5):
        self.nursery, self.every = nursery, every
        self.restart()

    def restart(self):
        """A new request begins."""
        self.began = self.next = time.monotonic()
        self.usage = None

    def __call__(self):
        now = time.monotonic()
        if now < self.next:
            return
        self.next = now + self.every
        cpu, starved = self.nursery.usage()
        if self.usage is None:
            self.usage = cpu, starved
        cpu_here, starved_here = cpu - self.usage[0], starved - self.usage[1]
        wall = now - self.began
        if cpu_here > CPU:
            raise Lost(f"it computed for more than {CPU:.0f} s")
        if self.nursery.used + cpu > TOTAL_CPU:
            raise Lost(f"the notebook as a whole computed for more than {TOTAL_CPU:.0f} s")
        if wall - cpu_here - starved_here > IDLE:
            raise Lost(f"it waited for more than {IDLE:.0f} s without computing")
        if wall > PATIENCE:
            raise Overloaded(f"the machine gave it {cpu_here:.0f} s of {wall:.0f}")
