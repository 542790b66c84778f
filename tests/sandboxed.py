"""Running a function inside the sandbox, for tests of it; without Linux these are skipped."""

import os
import socket
import sys

import pytest

if sys.platform != "linux":
    pytest.skip("the sandbox is for Linux", allow_module_level=True)

from course_utils.grading import sandbox
from course_utils.grading.sandbox import landlock

LIMITS = sandbox.Limits(cpu_s=30, processes=12, scratch_mb=8, file_mb=4)
ISOLATED = ("namespaces", "landlock")
ROOT = os.getuid() == 0


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """PyTorch is loaded before programs are forked, without threads, which a fork loses."""
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def protection(rung):
    return sandbox.Protection(rung, (), ())


def run(rung, main, *arguments, limits=LIMITS):
    """Start `main(fd, *arguments)`; the child, and a stream of what it writes to fd."""
    if rung == "landlock":
        _needs_landlock()
    here, there = socket.socketpair()
    here.settimeout(20)
    with here, there:
        child = sandbox.start(lambda: main(there.fileno(), *arguments), protection(rung), limits,
                              keep=[there.fileno()])
        return child, here.makefile("rb")


def _needs_landlock():
    try:
        found = landlock.version()
    except OSError as error:
        pytest.skip(f"no Landlock: {error}")
    if found < 3:
        pytest.skip(f"Landlock {found} is too old")
