"""Which protection is chosen and why not a stronger one; a container; the tables of calls."""

import re
import socket
import sys
from pathlib import Path

import pytest

from course_utils.grading import sandbox
from course_utils.grading.sandbox import (
    choice,
    container,
    kernel,
    landlock,
    namespaces,
    syscalls,
)
from tests.sandboxed import LIMITS, one_thread  # noqa: F401 (a fixture)


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
