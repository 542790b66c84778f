"""Try from inside a sandbox what it promises to prevent. Uses the standard library only.

It is called after a fork, or run as a program of its own in a container; the findings go as one
line of JSON into a socket. True means that the promise held.
"""

import contextlib
import ctypes
import errno
import json
import mmap
import os
import signal
import socket
import subprocess
import sys

_MEGABYTE = 1 << 20


def run(fd, facts):
    """Send what holds; then wait to be killed, with a child that does all it can to stay."""
    findings = {name: _holds(test, facts) for name, test in _TESTS.items()}
    if os.fork() == 0:
        os.setsid()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
    else:
        os.write(fd, json.dumps(findings).encode() + b"\n")
    while True:
        signal.pause()


def _holds(test, facts):
    try:
        return bool(test(facts))
    except Exception:
        return False


def _refused(action, *arguments):
    """Whether the system refuses the action."""
    try:
        result = action(*arguments)
    except (OSError, MemoryError):
        return True
    if hasattr(result, "close"):
        result.close()
    return False


def _send(kind, address):
    with socket.socket(socket.AF_INET, kind) as end:
        end.settimeout(1)
        end.connect(address)
        for _ in range(2):  # the second time tells whether the first datagram was refused
            end.send(b"x")


def _network(facts):
    host = 40  # the family of sockets that reach from a virtual machine to its host
    return _refused(socket.socket, host) and all(
        _refused(_send, kind, ("127.0.0.1", facts["port"]))
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM))


def _scratch(facts):
    with open("probe", "w") as file:
        file.write("x")
    os.remove("probe")
    return True


def _size(megabytes, count):
    """Error number of the first write that fails, of `count` files."""
    names = [f"probe{number}" for number in range(count)]
    try:
        for name in names:
            with open(name, "wb", buffering=0) as file:
                for _ in range(megabytes):
                    file.write(bytes(_MEGABYTE))
    except OSError as error:
        return error.errno
    finally:
        for name in names:
            with contextlib.suppress(OSError):
                os.remove(name)
    return None


def _processes(facts):
    children = []
    try:
        for _ in range(facts["processes"] + 2):
            child = os.fork()
            if child == 0:
                signal.pause()
                os._exit(0)
            children.append(child)
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    return False


def _privileges(facts):
    no_new, user, search = 39, 0x10000000, 4
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/status") as status:
        capabilities = next(int(row.split()[1], 16) for row in status if row.startswith("CapPrm"))
    return (libc.prctl(no_new, 0, 0, 0, 0) == 1 and libc.unshare(user) == -1
            and not capabilities & ~search)


def _python(facts):
    command = [sys.executable, "-I", "-S", "-c", "import json"]
    return subprocess.run(command, capture_output=True, timeout=60).returncode == 0


def _shared_memory(facts):
    path = f"/dev/shm/probe{os.getpid()}"
    with open(path, "w"):
        os.remove(path)
    return True


_TESTS = {
    "python": _python,
    "network": _network,
    "files": lambda facts: _refused(open, facts["secret"]),
    "folders": lambda facts: all(_refused(os.listdir, path) for path in facts["folders"]),
    "write": lambda facts: _refused(open, facts["outside"], "w"),
    "scratch": _scratch,
    "file": lambda facts: _size(facts["file_mb"] + 1, 1) == errno.EFBIG,
    "space": lambda facts: _size(facts["file_mb"], facts["scratch_mb"] + 1) == errno.ENOSPC,
    "memory": lambda facts: _refused(mmap.mmap, -1, facts["memory_mb"] * _MEGABYTE),
    "processes": _processes,
    "privileges": _privileges,
    "filter": lambda facts: ctypes.CDLL(None).prctl(21, 0, 0, 0, 0) == 2,
    "signals": lambda facts: _refused(os.kill, facts["grader"], 0),
    "hidden": lambda facts: _refused(open, f"/proc/{facts['grader']}/stat"),
    "shared": _shared_memory,
}

if __name__ == "__main__":
    run(int(sys.argv[1]), json.loads(sys.argv[2]))
