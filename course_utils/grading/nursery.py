"""Processes for students' code, forked from one in which everything slow has happened already.

A station forks the nursery before it knows any submission or test, so what a student's process
inherits holds no secret. The station's judges ask over a socket for processes and for their use of
time; a nursery serves one judge at a time.
"""

import itertools
import json
import os
import socket
import sys
import time
from dataclasses import dataclass

from course_utils.grading import sandbox
from course_utils.grading.wire import Channel, Late, Lost
from course_utils.grading.worker import Worker

COLD = [sys.executable, "-m", "course_utils.grading.worker", "3"]  # where nothing can be forked
MOST_PROCESSES = 50  # of one submission, one after the other


@dataclass(frozen=True)
class Times:
    """Seconds that a student's code may take."""

    request: float = 120.0  # CPU time of one request
    total: float = 900.0  # CPU time of a submission; the judge may take as much
    idle: float = 60.0  # of a request, without computing
    total_idle: float = 600.0  # of a submission, without computing
    wall: float = 1800.0  # of a request; beyond, the machine is overloaded


class Overloaded(KeyboardInterrupt):
    """The machine gives the student's process no time: the submission is to be graded again.

    As an interrupt it passes through the checks, which record errors.
    """


# the nursery's process

def serve(control, protection, limits):
    """Start, measure and end students' processes as the messages on `control` ask."""
    children = {}
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 1)
        if not message:
            break
        request = json.loads(message)
        try:
            answer = {"value": _done(request, descriptors, children, protection, limits)}
        except Exception as error:  # no process can be had, say
            answer = {"error": f"{type(error).__name__}: {error}"}
        control.sendall(json.dumps({"id": request["id"], **answer}).encode() + b"\n")
    _clear(children)


def _done(request, descriptors, children, protection, limits):
    if request["do"] == "clear":
        return _clear(children)
    if request["do"] == "usage":
        child = children[request["pid"]]
        return [child.cpu_seconds(), child.starved_seconds()]
    child = _start(descriptors[0], protection, limits)
    children[child.pid] = child
    return child.pid


def _clear(children):
    while children:
        children.popitem()[1].kill()


def _start(descriptor, protection, limits):
    with socket.socket(fileno=descriptor) as connection:
        main = COLD if protection.rung == "container" else lambda: _work(descriptor)
        return sandbox.start(main, protection, limits, keep=[connection.fileno()])


def _work(descriptor):
    Worker(Channel(socket.socket(fileno=descriptor))).serve()
    return 0


# the judge's process

class Nursery:
    """The judge's side of a nursery's control socket, for one submission."""

    def __init__(self, control, times=None):
        self.control, self.reader = control, control.makefile("r")
        self.times = times or Times()
        self.numbers = itertools.count(1)
        self.cpu = self.idle = 0.0  # seconds of processes that are gone
        self.pid, self.watch, self.started = None, None, 0

    def _ask(self, request, descriptors=()):
        number = f"{os.getpid()}-{next(self.numbers)}"
        socket.send_fds(
            self.control, [json.dumps({"id": number, **request}).encode()], descriptors)
        while line := self.reader.readline():
            answer = json.loads(line)
            if answer["id"] != number:  # of a judge that was killed while it waited
                continue
            if "error" in answer:
                raise Overloaded(answer["error"])
            return answer["value"]
        raise Overloaded("the nursery of students' processes ended")

    def connect(self):
        """A channel to a new student's process, with its use of time watched."""
        if self.watch:
            self.cpu, self.idle = self.watch.totals()
        self.check(self.cpu, self.idle)
        if self.started == MOST_PROCESSES:
            raise Lost(f"it ended {MOST_PROCESSES} times")
        here, there = socket.socketpair()
        with there:
            self._ask({"do": "clear"})
            self.pid = self._ask({"do": "start"}, [there.fileno()])
        self.started += 1
        self.watch = Watch(self)
        return Channel(here, self.watch)

    def usage(self):
        """(CPU seconds, seconds of waiting for a core) of the current process."""
        return self._ask({"do": "usage", "pid": self.pid})

    def check(self, cpu, idle):
        """Raise Lost when the submission as a whole has had its time."""
        if cpu > self.times.total:
            raise Lost(f"the notebook as a whole computed for more than {self.times.total:g} s")
        if idle > self.times.total_idle:
            raise Lost(f"the notebook as a whole waited for more than {self.times.total_idle:g} s "
                       "without computing")

    def clear(self):
        """End all processes."""
        self._ask({"do": "clear"})


class Watch:
    """Ends requests that take too long; what counts is the process's own use of time.

    A request may take so much CPU time and may idle for so long; time in which the process waits
    for a core counts for nothing, so a loaded machine changes no grade.
    """

    def __init__(self, nursery, first=0.1, every=0.5):
        self.nursery, self.first, self.every = nursery, first, every
        self.waited = 0.0  # wall time of the requests that are answered
        self.restart()

    def restart(self):
        """A new request begins."""
        self.began = time.monotonic()
        self.next = self.began + self.first
        self.usage = None

    def rest(self):
        """The request is answered."""
        self.waited += time.monotonic() - self.began

    def totals(self):
        """(CPU seconds, idle seconds) of the submission so far."""
        cpu, starved = self.nursery.usage()
        return self.nursery.cpu + cpu, self.nursery.idle + max(0.0, self.waited - cpu - starved)

    def __call__(self):
        """Raise Lost or Overloaded when it is time; asked for often, it looks now and then."""
        now = time.monotonic()
        if now < self.next:
            return
        self.next = now + self.every
        cpu, starved = self.nursery.usage()
        self.usage = self.usage or (cpu, starved)
        cpu_here, starved_here = cpu - self.usage[0], starved - self.usage[1]
        wall = now - self.began
        try:
            self._judge(cpu, starved, cpu_here, starved_here, wall)
        except (Lost, Overloaded):
            self.rest()
            raise

    def _judge(self, cpu, starved, cpu_here, starved_here, wall):
        times = self.nursery.times
        if cpu_here > times.request:
            raise Late(f"it computed for more than {times.request:g} s")
        if wall - cpu_here - starved_here > times.idle:
            raise Late(f"it waited for more than {times.idle:g} s without computing")
        idle = max(0.0, self.waited + wall - cpu - starved)
        self.nursery.check(self.nursery.cpu + cpu, self.nursery.idle + idle)
        if wall > times.wall:
            raise Overloaded(f"the machine gave it {cpu_here:.0f} s of {wall:.0f}")
