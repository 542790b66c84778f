"""The sandbox holds what it says: attacks from inside, which succeed where nothing protects."""

import contextlib
import ctypes
import json
import mmap
import os
import re
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

if sys.platform != "linux":
    pytest.skip("the sandbox is for Linux", allow_module_level=True)

from course_utils.grading import sandbox
from course_utils.grading.sandbox import (
    accounting,
    choice,
    container,
    kernel,
    landlock,
    namespaces,
    syscalls,
    users,
)

REPOSITORY = Path(__file__).parents[1]
LIMITS = sandbox.Limits(cpu_s=30, processes=12, scratch_mb=8, file_mb=4)
MEMORY = 3500 << 20  # more than the limit
ISOLATED = ("namespaces", "landlock")
ROOT = os.getuid() == 0


def protection(rung):
    return sandbox.Protection(rung, (), ())


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


@pytest.fixture(scope="module", autouse=True)
def _warm():
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


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


@pytest.fixture
def _afresh():
    choice.tried.cache_clear()
    yield
    choice.tried.cache_clear()


def unavailable(job=None):
    raise OSError("not today")


@pytest.mark.usefixtures("_afresh")
def test_choose_takes_the_next_rung_and_refuses_without_any(monkeypatch):
    assert sandbox.choose().rung == "namespaces"
    choice.tried.cache_clear()
    monkeypatch.setattr(namespaces, "inside", unavailable)
    chosen = sandbox.choose()
    assert chosen.rung == "landlock"
    assert "no network" in chosen.holds
    assert any("scratch folder as a whole" in what for what in chosen.lacks)
    choice.tried.cache_clear()
    monkeypatch.setattr(landlock, "inside", unavailable)
    monkeypatch.setattr(container, "runtime", unavailable)
    with pytest.raises(sandbox.SandboxUnavailable) as refusal:
        sandbox.choose()
    for part in ("namespaces: not today", "landlock: not today", "podman", "--unsafe"):
        assert part in str(refusal.value)
    chosen = sandbox.choose(unsafe=True)
    assert chosen.rung == "none"
    assert "the network can be reached" in chosen.lacks
    with pytest.raises(ValueError, match="no rung 'gvisor'"):
        sandbox.choose("gvisor")


@pytest.mark.usefixtures("_afresh")
@pytest.mark.parametrize(("rung", "module", "name", "hole", "said"), [
    ("namespaces", kernel, "NEWNET", 0, "the network can be reached"),
    ("namespaces", namespaces, "FILTER", None, "all system calls are allowed"),
    ("landlock", landlock, "FILTER", {"sockets": True}, "the network can be reached"),
    ("landlock", landlock, "_STATE", ("/",), "files outside can be read"),
])
def test_choose_refuses_a_rung_with_a_hole(monkeypatch, rung, module, name, hole, said):
    monkeypatch.setattr(module, name, hole)
    with pytest.raises(sandbox.SandboxUnavailable, match=said):
        sandbox.choose(rung)


def test_container():
    try:
        chosen = sandbox.choose("container")
    except sandbox.SandboxUnavailable as error:
        pytest.skip(str(error))
    code = "import os, socket, sys; os.write(3, os.getcwd().encode()); sys.exit(5)"
    here, there = socket.socketpair()
    with here, there:
        child = sandbox.start([sys.executable, "-c", code], chosen, LIMITS, keep=[there.fileno()])
        there.close()
        assert child.wait(20) == 5
        assert here.recv(99) == b"/scratch"
    assert child.cpu_seconds() > 0
    with pytest.raises(TypeError, match="list of arguments"):
        sandbox.start(print, chosen)


def test_numbers_of_system_calls_are_those_of_the_headers():
    calls = syscalls.DENIED | syscalls.METADATA
    for at, header in enumerate(("x86_64-linux-gnu/asm/unistd_64.h", "asm-generic/unistd.h")):
        path = Path("/usr/include", header)
        if not path.exists():
            pytest.skip("the kernel's headers are not installed")
        known = {name: int(number) for name, number in
                 re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", path.read_text())}
        shared = calls.keys() & known.keys()
        assert len(shared) > 60
        assert {name: calls[name][at] for name in shared} == {name: known[name] for name in shared}


AS_USER = """
import os, sys
from course_utils.grading.sandbox import kernel
base, user = sys.base_prefix, 12345
kernel.unshare(kernel.NEWNS)
kernel.mount(None, "/", flags=kernel.REC | kernel.PRIVATE)
if base.startswith("/root/"):  # show the user Python, and nothing else of root's home
    handle = os.open(base, os.O_PATH)
    kernel.mount("tmpfs", "/root", "tmpfs", 0, "mode=755")
    os.makedirs(base)
    kernel.mount(f"/proc/self/fd/{handle}", base, flags=kernel.BIND | kernel.REC)
os.setgroups([]); os.setresgid(user, user, user); os.setresuid(user, user, user)
os.environ |= {"HOME": "/tmp", "PYTHONDONTWRITEBYTECODE": "1"}
os.execv(sys.executable, [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
                          "tests/test_sandbox.py"])
"""


@pytest.mark.skipif(not ROOT, reason="an ordinary user runs these tests already")
def test_all_of_this_as_an_ordinary_user():
    done = subprocess.run([sys.executable, "-c", AS_USER], cwd=REPOSITORY, capture_output=True,
                          text=True, timeout=100)
    if "PermissionError" in done.stderr:
        pytest.skip(f"another user cannot run this Python: {done.stderr[-200:]}")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
