"""Which sandbox can be had here: each rung is entered and tried from inside before it counts."""

import contextlib
import functools
import json
import os
import socket
import sys
import tempfile
from dataclasses import dataclass

from course_utils.grading.sandbox import probe
from course_utils.grading.sandbox.limits import Limits
from course_utils.grading.sandbox.process import RUNGS, SandboxUnavailable, start

_LIMITS = Limits(cpu_s=60, processes=6, scratch_mb=4, file_mb=2)
_WAIT = 30  # seconds for the answers from inside
_NEEDED = {  # what a rung must hold: (the promise, what is wrong without it)
    "python": ("Python and its packages work", "Python does not start inside"),
    "network": ("no network", "the network can be reached"),
    "files": ("files outside cannot be read", "files outside can be read"),
    "folders": ("only Python's and the system's program folders are open, read-only",
                "folders outside can be listed"),
    "write": ("nothing outside the scratch folder can be written", "files outside can be written"),
    "scratch": ("a private scratch folder", "the scratch folder cannot be written"),
    "file": ("the size of files is limited", "the size of files is not limited"),
    "memory": ("memory is limited per process", "memory is not limited"),
    "processes": ("the number of processes is limited", "the number of processes is not limited"),
    "privileges": ("no capabilities, no set-uid programs", "privileges can be gained"),
    "filter": ("dangerous system calls are refused", "all system calls are allowed"),
    "clean": ("everything it started ends with it", "a process outlived the sandbox"),
}
_WELCOME = {  # what a rung may hold
    "space": ("the size of the scratch folder is limited",
              "the scratch folder as a whole has no limit, only each file in it"),
    "signals": ("other processes cannot be signalled", "other processes can be signalled"),
    "hidden": ("other processes are invisible", "other processes can be looked at"),
    "shared": ("shared memory works, for DataLoader workers",
               "shared memory is missing: DataLoader workers and process locks do not work"),
}
_SENTENCES = _NEEDED | _WELCOME


@dataclass(frozen=True)
class Protection:
    """A rung that works here, with what it was seen to hold and what it lacks."""

    rung: str
    holds: tuple[str, ...]
    lacks: tuple[str, ...]


def choose(forced=None, unsafe=False):
    """The first rung that works here, or the `forced` one; "none" only if `unsafe`.

    Forks, so the process should have a single thread. Raises SandboxUnavailable, which says for
    each rung why not and what to do.
    """
    if forced is not None and forced not in RUNGS:
        raise ValueError(f"there is no rung {forced!r}; the rungs are {', '.join(RUNGS)}")
    if sys.platform != "linux":
        raise SandboxUnavailable("grading needs Linux; elsewhere run it in a virtual machine")
    reasons = []
    for rung in RUNGS if forced is None else [forced]:
        if rung == "none" and not unsafe:
            reasons.append(f"none: not tried; {RUNGS[rung].advice()}")
            continue
        try:
            return tried(rung)
        except (OSError, RuntimeError, ValueError) as error:
            reasons.append(f"{rung}: {error}; {RUNGS[rung].advice()}")
    raise SandboxUnavailable("\n  ".join(["student code cannot be isolated here:", *reasons]))


@functools.cache
def tried(rung):
    """The protection of a rung, found by entering it; an error where it does not hold."""
    with (tempfile.TemporaryDirectory() as outside,
          socket.create_server(("127.0.0.1", 0)) as stream,
          socket.socket(type=socket.SOCK_DGRAM) as datagrams):
        datagrams.bind(stream.getsockname())
        findings = _findings(rung, _facts(outside, stream.getsockname()[1]))
    missing = [what for name, (_, what) in _NEEDED.items() if not findings[name]]
    if missing and rung != "none":
        raise SandboxUnavailable("; ".join(missing))
    holds = [promise for name, (promise, _) in _SENTENCES.items() if findings[name]]
    lacks = [what for name, (_, what) in _SENTENCES.items() if not findings[name]]
    return Protection(rung, tuple(holds), (*lacks, *RUNGS[rung].lacks()))


def _facts(outside, port):
    """What the probe tries to reach; file modes are no hindrance, the sandbox must be."""
    os.chmod(outside, 0o777)
    secret = os.path.join(outside, "secret")
    with open(secret, "w") as file:
        file.write("secret")
    os.chmod(secret, 0o644)
    return {
        "secret": secret, "outside": os.path.join(outside, "new"), "port": port,
        "folders": [outside, os.path.expanduser("~/.ssh"), "/var"],
        "grader": os.getpid(), "memory_mb": _LIMITS.memory_mb, "processes": _LIMITS.processes,
        "scratch_mb": _LIMITS.scratch_mb, "file_mb": _LIMITS.file_mb,
    }


def _findings(rung, facts):
    here, there = socket.socketpair()
    main = functools.partial(probe.run, there.fileno(), facts)
    if rung == "container":
        main = [sys.executable, "-I", probe.__file__, "3", json.dumps(facts)]
    with here, there:
        child = start(main, Protection(rung, (), ()), _LIMITS, keep=[there.fileno()])
        there.close()
        here.settimeout(_WAIT)
        try:
            line = here.makefile("rb").readline()
        finally:
            child.kill()
        findings = json.loads(line) if line else {}
        here.settimeout(2)
        with contextlib.suppress(TimeoutError):
            findings["clean"] = here.recv(1) == b""
    if "python" not in findings:
        raise SandboxUnavailable(f"the trial inside ended with status {child.wait()}")
    return {"clean": False} | findings
