"""Start a program in a sandbox, and what the grader holds of it."""

import json
import os
import select
import signal
import tempfile
import time

from course_utils.grading.sandbox import (
    accounting,
    container,
    landlock,
    namespaces,
    unprotected,
    users,
)
from course_utils.grading.sandbox.limits import Limits
from course_utils.grading.sandbox.supervisor import Job, supervise

RUNGS = {
    "namespaces": namespaces,
    "landlock": landlock,
    "container": container,
    "none": unprotected,
}
_PATIENCE = 120  # seconds to end a sandbox and to delete what may be thousands of folders


class SandboxUnavailable(RuntimeError):
    """No sandbox can be entered; says why, and what to do."""


class Child:
    """A program in its sandbox; `pid` is its main process."""

    def __init__(self, supervisor, report, lock=None):
        self.pid = None
        self._supervisor, self._report, self._lock = supervisor, report, lock
        self._unread, self._end = b"", None
        self._cpu = self._starved = 0.0

    def _await_entry(self):
        """Wait until the program runs in its sandbox."""
        error = None
        entered = False
        while not (entered and self.pid) and error is None:
            line = self._line(None)
            self.pid = line.get("pid", self.pid)
            entered |= line.get("entered", False)
            error = line.get("error") or ("it ended at once" if "status" in line else None)
        if error is not None:
            self.kill()
            raise SandboxUnavailable(error)

    def wait(self, timeout=None):
        """The exit status, minus the signal where one ended it; None after `timeout` seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self._end is None:
            line = self._line(deadline)
            if line is None:
                return None
            if "status" in line:
                self._finish(line)
        return self._end["status"]

    def kill(self):
        """End everything in the sandbox and wait until nothing is left of it."""
        if self._end is None:
            os.kill(self._supervisor, signal.SIGTERM)
            if self.wait(_PATIENCE) is None:
                os.kill(self._supervisor, signal.SIGKILL)
                self.wait()

    def cpu_seconds(self):
        """Processor time of all the sandbox's processes so far."""
        if self._end is None:
            self._cpu = max(self._cpu, accounting.cpu_seconds(self._supervisor))
        return self._cpu

    def starved_seconds(self):
        """Time that the main process could have run and waited for a core."""
        if self._end is None:
            self._starved = max(self._starved, accounting.starved_seconds(self.pid))
        return self._starved

    def _line(self, deadline):
        """The supervisor's next line; None when it is late."""
        poll = select.poll()
        poll.register(self._report, select.POLLIN)
        while b"\n" not in self._unread:
            left = None if deadline is None else max(0, 1000 * (deadline - time.monotonic()))
            if not poll.poll(left):
                return None
            more = os.read(self._report, 4096)
            if not more:  # the supervisor was killed
                return {"status": -signal.SIGKILL, "cpu": 0.0, "starved": 0.0}
            self._unread += more
        line, self._unread = self._unread.split(b"\n", 1)
        return json.loads(line)

    def _finish(self, line):
        os.waitpid(self._supervisor, 0)
        self._end = line
        self._cpu, self._starved = max(self._cpu, line["cpu"]), max(self._starved, line["starved"])
        os.close(self._report)
        if self._lock is not None:
            os.close(self._lock)


def start(main, protection, limits=None, keep=(), scratch=None):
    """Fork, enter the sandbox, and run `main()` there with only the descriptors in `keep` open.

    What `main` returns is the exit status. The program starts in an empty scratch folder of its
    own. For the rung "container" `main` is a list of arguments, and `keep` arrives as 3, 4, ...
    The program can read the grader's memory as of now: there may be no secret in it.
    Where the scratch folder is on disk, it is made in `scratch`, a folder that all users can
    enter, or else in the system's temporary folder.
    """
    if callable(main) == (protection.rung == "container"):
        raise TypeError("main is a list of arguments for a container, and else a function")
    rung = RUNGS[protection.rung]
    job = _job(protection.rung, limits or Limits(), tuple(keep), scratch)
    receive, report = os.pipe()
    grader = os.getpid()
    supervisor = os.fork()
    if supervisor == 0:
        supervise(job, rung, main, report, grader)
    os.close(report)
    child = Child(supervisor, receive, job.lock)
    try:
        child._await_entry()
    except BaseException:
        child.kill()
        raise
    return child


def _job(rung, limits, keep, scratch):
    uid = lock = folder = None
    if os.getuid() == 0 and rung != "none":
        uid, lock = users.take()
    if rung != "namespaces":
        folder = os.path.realpath(tempfile.mkdtemp(prefix="course-", dir=scratch))
        if uid is not None and rung == "landlock":
            os.chown(folder, uid, uid)
    return Job(limits, keep, folder, uid, lock)
