"""How a sandboxed program lives and ends: what ends it, what it leaves, what it is charged."""

import contextlib
import ctypes
import os
import signal
import socket
import sys
import time

import pytest

from course_utils.grading import sandbox
from course_utils.grading.sandbox import accounting, users
from tests.sandboxed import (
    ISOLATED,
    LIMITS,
    ROOT,
    one_thread,  # noqa: F401 (a fixture)
    protection,
    run,
)

# ---------------------------------------------------------------- programs, run inside


def stay(fd):
    """Leave a program of its own session that ignores signals, and wait."""
    if os.fork() == 0:
        os.setsid()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        os.write(fd, b"ready\n")
    time.sleep(60)


def leave(fd):
    """End at once, and leave such a program behind."""
    if os.fork() == 0:
        stay(fd)
    return 0


def bomb(fd):
    while True:
        with contextlib.suppress(OSError):
            os.fork()
        time.sleep(0.001)


def clutter(fd):
    """Fill the scratch folder with what is hard to delete."""
    os.write(fd, f"{os.getcwd()}\n".encode())
    os.mkdir("closed", 0)
    os.symlink("/", "link")
    for _ in range(1050):  # deeper than Python can recurse
        os.mkdir("deep")
        os.chdir("deep")


def burn(seconds):
    while time.process_time() < seconds:
        pass


def work(fd):
    """Use processor time in a child, then in this process, then sleep."""
    child = os.fork()
    if child == 0:
        burn(0.3)
        os._exit(0)
    os.waitpid(child, 0)
    burn(time.process_time() + 0.1)
    os.write(fd, b"ready\n")
    time.sleep(60)


def fail(fd):
    raise RuntimeError


# ---------------------------------------------------------------- outside


@pytest.mark.parametrize("rung", [*ISOLATED, "none"])
def test_kill_ends_what_ignores_signals(rung):
    child, stream = run(rung, stay)
    with stream:
        assert stream.readline() == b"ready\n"
        assert child.wait(0) is None
        child.kill()
        assert stream.read() == b"", "somebody still holds the other end"
    assert child.wait() == -signal.SIGKILL
    child.kill()


@pytest.mark.parametrize("rung", [*ISOLATED, "none"])
def test_nothing_outlives_the_program(rung):
    child, stream = run(rung, leave)
    with stream:
        assert child.wait(10) == 0
        assert stream.read() in (b"", b"ready\n")


@pytest.mark.parametrize("rung", ISOLATED)
def test_sandbox_ends_with_the_grader(rung):
    here, there = socket.socketpair()
    here.settimeout(20)
    with here, there:
        grader = os.fork()
        if grader == 0:
            with contextlib.suppress(BaseException):  # or pytest would go on here, too
                sandbox.start(lambda: stay(there.fileno()), protection(rung), LIMITS,
                              keep=[there.fileno()])
                time.sleep(60)
            os._exit(1)
        there.close()
        with here.makefile("rb") as stream:
            assert stream.readline() == b"ready\n"
            os.kill(grader, signal.SIGKILL)
            os.waitpid(grader, 0)
            assert stream.read() == b""


@pytest.mark.parametrize("rung", ISOLATED)
def test_fork_bomb_is_bounded_and_cleaned_up(rung):
    child, stream = run(rung, bomb)
    with stream:
        time.sleep(0.3)
        count = len(accounting.below(child._supervisor))
        child.kill()
        assert 5 < count <= LIMITS.processes
        assert stream.read() == b""


@pytest.mark.parametrize("rung", ISOLATED)
def test_nothing_remains_of_the_scratch_folder(rung):
    child, stream = run(rung, clutter)
    with stream:
        scratch = stream.readline().decode().strip()
        assert child.wait(10) == 0
    assert scratch
    assert not os.path.exists(scratch)


@pytest.mark.parametrize("rung", ISOLATED)
def test_exit_status(rung):
    def segfault(fd):
        ctypes.string_at(0)

    for main, status in ((lambda fd: None, 0), (lambda fd: 3, 3), (lambda fd: sys.exit(4), 4),
                         (fail, 1), (segfault, -signal.SIGSEGV)):
        child, stream = run(rung, main)
        stream.close()
        assert child.wait(10) == status


@pytest.mark.parametrize("rung", ISOLATED)
def test_processor_time(rung):
    child, stream = run(rung, work)
    with stream:
        stream.readline()
        while_running = child.cpu_seconds()
        with open(f"/proc/{child.pid}/oom_score_adj") as file:
            assert int(file.read()) == 1000
        child.kill()
    assert while_running == pytest.approx(0.4, abs=0.1)
    assert child.cpu_seconds() == pytest.approx(while_running, abs=0.1)


def test_limit_of_processor_time():
    child, stream = run("namespaces", lambda fd: burn(60), limits=sandbox.Limits(cpu_s=1))
    stream.close()
    assert child.wait(60) == -signal.SIGKILL
    assert 1 <= child.cpu_seconds() < 4


@pytest.mark.parametrize("rung", ISOLATED)
def test_starved_tells_an_overloaded_machine_from_a_sleeping_program(rung):
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        sleeper, one = run(rung, lambda fd: time.sleep(60))
        worker, two = run(rung, lambda fd: burn(60))
        burn(time.process_time() + 0.3)
        waited = sleeper.starved_seconds(), worker.starved_seconds()
    finally:
        os.sched_setaffinity(0, cores)
    for child, stream in ((sleeper, one), (worker, two)):
        child.kill()
        stream.close()
    assert waited[0] < 0.1 < waited[1]


@pytest.mark.skipif(not ROOT, reason="only root can give each job a user")
@pytest.mark.parametrize("rung", ISOLATED)
def test_jobs_of_root_have_users_of_their_own(rung):
    jobs = [run(rung, lambda fd: time.sleep(60)) for _ in range(2)]
    ids = [os.stat(f"/proc/{child.pid}").st_uid for child, _ in jobs]
    for child, stream in jobs:
        child.kill()
        stream.close()
    first, last = users.span()
    assert first <= min(ids) < max(ids) <= last
