"""The sandbox holds what it says: attacks from inside, which succeed where nothing protects."""

import contextlib
import ctypes
import json
import mmap
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from course_utils.grading import sandbox
from course_utils.grading.sandbox import kernel
from tests.conftest import ROOT as REPOSITORY
from tests.sandboxed import (
    ISOLATED,
    LIMITS,
    ROOT,
    one_thread,  # noqa: F401 (a fixture)
    run,
)

MEMORY = 3500 << 20  # more than the limit


# ---------------------------------------------------------------- attacks, run inside


def attempt(action):
    """The name of the error that stops the action, or what it returned."""
    try:
        return action()
    except (Exception, SystemExit) as error:
        return f"! {type(error).__name__}"


def connect(family, address, kind=socket.SOCK_STREAM):
    with socket.socket(family, kind) as end:
        end.settimeout(2)
        end.connect(address)
    return "connected"


def fill(files, megabytes):
    """Write files until it fails; the number of whole MiB written."""
    written = 0
    try:
        for number in range(files):
            with open(f"fill{number}", "wb", buffering=0) as file:
                for _ in range(megabytes):
                    written += file.write(bytes(1 << 20)) >> 20
    except OSError:
        pass
    for number in range(files):
        with contextlib.suppress(OSError):
            os.remove(f"fill{number}")
    return written


def allocate():
    import torch

    torch.empty(MEMORY, dtype=torch.uint8)
    mmap.mmap(-1, MEMORY).close()


def system(name, *arguments):
    """A call of the C library: 0, or the name of its error."""
    library = ctypes.CDLL(None, use_errno=True)
    result = getattr(library, name)(*arguments)
    return "done" if result >= 0 else f"! {os.strerror(ctypes.get_errno())}"


def trace():
    child = os.fork()
    if child == 0:
        time.sleep(5)
        os._exit(0)
    result = system("ptrace", 16, child, None, None)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return result


def train():
    import torch

    torch.manual_seed(0)
    model = torch.nn.Linear(3, 1)
    x = torch.randn(64, 3)
    for _ in range(100):
        loss = ((model(x) - x.sum(1, keepdim=True)) ** 2).mean()
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter -= 0.1 * parameter.grad
    return loss.item() < 0.01


def load():
    import torch

    data = torch.utils.data.TensorDataset(torch.arange(8.0))
    return sum(x.sum().item() for (x,) in torch.utils.data.DataLoader(data, 4, num_workers=1))


def thread():
    done = []
    worker = threading.Thread(target=done.append, args=[1])
    worker.start()
    worker.join()
    return done == [1]


def command():
    line = [sys.executable, "-c", "import numpy; print(numpy.ones(2).sum())"]
    return subprocess.run(line, capture_output=True, text=True).stdout.strip()


def descriptors():
    return sorted(int(name) for name in os.listdir("/proc/self/fd"))[:-1]  # the last one lists


def attacks(facts):
    """Name -> action; what each gives without protection is in FREE."""
    outside, ipv4 = facts["outside"], ("127.0.0.1", facts["port"])
    return {
        "network": lambda: connect(socket.AF_INET, ipv4),
        "datagram": lambda: connect(socket.AF_INET, ipv4, socket.SOCK_DGRAM),
        "local": lambda: connect(socket.AF_UNIX, f"{outside}/socket"),
        "abstract": lambda: connect(socket.AF_UNIX, "\0" + facts["abstract"]),
        "read": lambda: open(f"{outside}/secret").read(),
        "list": lambda: len(os.listdir(outside)),
        "solutions": lambda: len(os.listdir(REPOSITORY / "solutions")) > 0,
        "checkout": lambda: open(REPOSITORY / "pyproject.toml").readable(),
        "write": lambda: open(f"{outside}/new", "w").writable(),
        "overwrite": lambda: open(json.__file__, "a").writable() and "done",
        "modes": lambda: os.chmod(f"{outside}/secret", 0o666) or "done",
        "times": lambda: os.utime(f"{outside}/secret") or "done",
        "scratch": lambda: Path("file").write_text("x"),
        "big file": lambda: fill(1, 6),
        "fill": lambda: fill(6, 3),
        "signal": lambda: os.kill(facts["grader"], 0) or "done",
        "look": lambda: len(open(f"/proc/{facts['grader']}/stat").read()) > 9,
        "limits": lambda: resource.prlimit(facts["grader"], resource.RLIMIT_NOFILE) and "done",
        "priority": lambda: system("setpriority", 0, 0, 5),
        "trace": trace,
        "mount": lambda: system("mount", b"none", b"/nowhere", b"tmpfs", 0, None),
        "unshare": lambda: system("unshare", kernel.NEWUSER),
        "semaphores": lambda: system("semctl", ctypes.CDLL(None).semget(0, 1, 0), 0, 0),
        "memory": allocate,
        "train": train, "load": load, "thread": thread, "command": command,
        "descriptors": descriptors,
        "home": lambda: os.path.expanduser("~") == tempfile.gettempdir() == os.getcwd(),
    }


# what an attack gives where nothing stops it; the same inside for those in WORKS
FREE = {
    "network": "connected", "datagram": "connected", "local": "connected",
    "abstract": "connected", "read": "secret", "list": 2, "solutions": True, "checkout": True,
    "write": True, "overwrite": "done", "modes": "done", "times": "done", "signal": "done",
    "look": True, "limits": "done", "priority": "done", "trace": "done",
    "mount": "! No such file or directory", "unshare": "done", "semaphores": "done",
}
WORKS = {"scratch": 1, "train": True, "load": 28.0, "thread": True, "command": "2.0",
         "home": True}
LIMITED = {"big file": 4, "memory": "! RuntimeError"}
IMPOSSIBLE = {("landlock", "load")}  # no shared memory there


def everything(fd, facts):
    """Run all attacks, send what came of them."""
    gave = {name: attempt(action) for name, action in attacks(facts).items()}
    os.write(fd, json.dumps(gave).encode() + b"\n")
    return 7


# ---------------------------------------------------------------- outside


@contextlib.contextmanager
def targets():
    """Files and sockets that are open to every user."""
    with contextlib.ExitStack() as stack:
        outside = stack.enter_context(tempfile.TemporaryDirectory())
        Path(outside, "secret").write_text("secret")
        os.chmod(outside, 0o777)
        os.chmod(f"{outside}/secret", 0o644)
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        abstract = os.path.basename(outside)
        for address in (f"{outside}/socket", "\0" + abstract):
            listener = stack.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(address)
            listener.listen()
        os.chmod(f"{outside}/socket", 0o777)
        yield {"outside": outside, "port": server.getsockname()[1], "abstract": abstract,
               "grader": os.getpid()}


def observed(rung):
    """What all attacks give on a rung."""
    with targets() as facts:
        child, stream = run(rung, everything, facts)
        with stream:
            gave = json.loads(stream.readline())
        assert child.wait(10) == 7
        return gave


@pytest.mark.parametrize("rung", ISOLATED)
def test_attacks_fail(rung):
    gave = observed(rung)
    free = {name: gave[name] for name in FREE if not str(gave[name]).startswith("! ")}
    assert free == {}
    for name in ("mount", "unshare", "trace"):
        assert gave[name] == "! Operation not permitted"
    expected = {name: value for name, value in (WORKS | LIMITED).items()
                if (rung, name) not in IMPOSSIBLE}
    assert {name: gave[name] for name in expected} == expected
    assert len(gave["descriptors"]) == 4, "0, 1, 2 and the kept one"
    if rung == "namespaces":
        assert gave["fill"] <= LIMITS.scratch_mb


def test_attacks_succeed_where_nothing_protects():
    gave = observed("none")
    expected = FREE | WORKS | LIMITED
    if not ROOT:  # a user may not do that anyway
        del expected["mount"], expected["overwrite"]
    assert {name: gave[name] for name in expected} == expected
    assert gave["fill"] > LIMITS.scratch_mb


@pytest.mark.parametrize("rung", ISOLATED)
def test_memory_limit_is_what_stops_a_large_allocation(rung):
    limits = sandbox.Limits(memory_mb=8192)
    child, stream = run(rung, lambda fd: allocate() is not None, limits=limits)
    with stream:
        assert child.wait(10) == 0


AS_USER = """
import glob, os, sys
from course_utils.grading.sandbox import kernel
base, user, home = sys.base_prefix, 12345, os.path.expanduser("~")
kernel.unshare(kernel.NEWNS)
kernel.mount(None, "/", flags=kernel.REC | kernel.PRIVATE)
if base.startswith(home + "/"):  # show the user Python, and nothing else of root's home
    handle = os.open(base, os.O_PATH)
    kernel.mount("tmpfs", home, "tmpfs", 0, "mode=755")
    os.makedirs(base)
    kernel.mount(f"/proc/self/fd/{handle}", base, flags=kernel.BIND | kernel.REC)
os.setgroups([]); os.setresgid(user, user, user); os.setresuid(user, user, user)
os.environ |= {"HOME": "/tmp", "PYTHONDONTWRITEBYTECODE": "1"}
os.execv(sys.executable, [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
                          *glob.glob("tests/test_sandbox*.py")])
"""


@pytest.mark.skipif(not ROOT, reason="an ordinary user runs these tests already")
def test_all_of_this_as_an_ordinary_user():
    done = subprocess.run([sys.executable, "-c", AS_USER], cwd=REPOSITORY, capture_output=True,
                          text=True, timeout=100)
    if "PermissionError" in done.stderr:
        pytest.skip(f"another user cannot run this Python: {done.stderr[-200:]}")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
