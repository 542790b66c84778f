"""The process between the grader and a sandbox: it starts the sandbox and cleans up after it.

It runs none of the student's code and stays outside the sandbox. It ends the sandbox when told
to by SIGTERM, which it also gets when the grader dies, and ends itself after everything in the
sandbox has ended and the job's folder is gone. What happens it tells the grader by a pipe, one
line of JSON each: {"pid"}, {"entered"} or {"error"}, and at the end {"status", "cpu", "starved"}.
"""

import contextlib
import json
import os
import signal
import tempfile
import time
from dataclasses import dataclass

from course_utils.grading.sandbox import accounting, kernel, syscalls
from course_utils.grading.sandbox.limits import Limits


@dataclass(frozen=True)
class Job:
    """One run of a program: `folder` is its own folder on disk, `lock` holds its user id."""

    limits: Limits
    keep: tuple
    folder: str | None = None
    uid: int | None = None
    lock: int | None = None


def supervise(job, rung, main, report, grader):
    """Run one sandbox to its end, in a process forked for it; never returns."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _awaited())
    told = {}
    try:
        _settle(job, rung, report, grader)
        child = os.fork()
        if child == 0:
            _student(job, rung, main, report)
        for fd in job.keep:
            os.close(fd)
        if callable(main):
            tell(report, pid=child)
        else:
            tell(report, pid=rung.started(job, child), entered=True)
        told = _watch(child)
    except BaseException as error:
        tell(report, error=_said(error))
    with contextlib.suppress(BaseException):
        _sweep()
        rung.ended(job)
        if job.folder:
            remove(job.folder)
    times = os.times()
    tell(report, **({"status": 1, "starved": 0.0} | told),
         cpu=times.children_user + times.children_system)
    os._exit(0)


def tell(report, **what):
    """Write one line to the grader, if it still listens."""
    with contextlib.suppress(OSError):
        os.write(report, json.dumps(what).encode() + b"\n")


def remove(folder):
    """Delete a folder whatever is in it and however deep; changes this process's directory."""
    os.chdir(folder)
    path, waiting = [], [_clear()]
    while waiting:
        if waiting[-1]:
            path.append(waiting[-1].pop())
            os.chmod(path[-1], 0o700)
            os.chdir(path[-1])
            waiting.append(_clear())
        else:
            waiting.pop()
            os.chdir("..")
            if path:
                os.rmdir(path.pop())
    os.rmdir(folder)


def _clear():
    """Delete the files here; the names of the folders."""
    with os.scandir() as entries:
        found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_folder in found:
        if not is_folder:
            os.unlink(name)
    return [name for name, is_folder in found if is_folder]


def _said(error):
    return str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"


def _settle(job, rung, report, grader):
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    _close_all_but({*job.keep, report, job.lock})
    kernel.prctl(kernel.CHILD_SUBREAPER, 1)
    rung.outside(job)
    kernel.prctl(kernel.PDEATHSIG, signal.SIGTERM)
    if os.getppid() != grader:
        raise RuntimeError("the grader has ended")


def _close_all_but(kept):
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in range(3):
        os.dup2(nothing, fd)
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) not in kept:
            with contextlib.suppress(OSError):
                os.close(int(name))


def _student(job, rung, main, report):
    """In the process of the student's program: enter the sandbox and run it; never returns."""
    try:
        _close_all_but({*job.keep, report})
        _reset_signals()
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")  # the first to go when the machine is out of memory
        scratch = rung.inside(job)
        kernel.prctl(kernel.PDEATHSIG, signal.SIGKILL)
        if rung.FILTER is not None:
            syscalls.install(**rung.FILTER)
        os.chdir(scratch)
        os.environ.update(HOME=scratch, TMPDIR=scratch, USER="student", LOGNAME="student")
        tempfile.tempdir = None
        if callable(main):
            tell(report, entered=True)
            os.close(report)
        else:
            main = rung.command(job, main)
    except BaseException as error:
        tell(report, error=_said(error))
        os._exit(1)
    os._exit(_status_of(main))


def _reset_signals():
    os.setsid()
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _status_of(main):
    try:
        status = main()
    except SystemExit as end:
        status = end.code
    except BaseException:
        return 1
    if status is None:
        return 0
    return status & 0xFF if isinstance(status, int) else 1


def _awaited():
    return {signal.SIGTERM, signal.SIGCHLD}


def _watch(child):
    """Wait for the sandbox's main process, and reap those that lost their parents."""
    while True:
        ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            if signal.sigwait(_awaited()) == signal.SIGTERM:
                os.kill(child, signal.SIGKILL)
            continue
        starved = accounting.starved_seconds(ended.si_pid)
        _, status = os.waitpid(ended.si_pid, 0)
        if ended.si_pid == child:
            return {"status": os.waitstatus_to_exitcode(status), "starved": starved}


def _sweep():
    """Kill all descendants, even those that keep forking and ending.

    They are stopped first, and the dead ones are not reaped meanwhile: both count as processes,
    so that soon the limit lets no new ones start.
    """
    stopped = set()
    while alive := set(accounting.below(os.getpid())):
        fresh = alive - stopped
        for pid in fresh or alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP if fresh else signal.SIGKILL)
        stopped |= fresh
        if not fresh:
            _reap()


def _reap():
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    time.sleep(0.001)
