"""Second rung: Landlock and a filter on system calls, without namespaces (Linux 6.2).

Files, TCP and, since Linux 6.12, signals are Landlock's. What it does not see, other sockets and
the modes and times of files, is refused by the filter.
"""

import os
import struct

from course_utils.grading.sandbox import folders, kernel, users
from course_utils.grading.sandbox.limits import SUM_OF_MEMORY

FILTER = {"sockets": False, "metadata": False}
_EXECUTE, _WRITE, _READ, _LIST, _TRUNCATE, _DEVICE = 1, 2, 4, 8, 1 << 14, 1 << 15
_ON_FILES = _EXECUTE | _WRITE | _READ | _TRUNCATE | _DEVICE
_NEEDED, _NET, _DEVICES, _SIGNALS = 3, 4, 5, 6  # versions: the least, and what came with later ones
_SEARCH = 2  # the capability to look up and read files whatever their modes
_STATE = ("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/self")


def version():
    """Landlock's version in this kernel; OSError where it is missing."""
    return kernel.call("landlock_create_ruleset", None, 0, 1)


def outside(job):
    """Nothing needs to be done in the supervisor."""


def ended(job):
    """Nothing is left to remove."""


def inside(job):
    """In the child: enter the sandbox; returns the scratch folder."""
    if version() < _NEEDED:
        raise OSError(f"Landlock has version {version()} here, {_NEEDED} is needed (Linux 6.2)")
    search = job.uid is not None and folders.needs_search_right()
    if search and not kernel.has_capability(_SEARCH):
        raise OSError("Python lies in a folder that other users cannot enter; install it elsewhere")
    job.limits.apply(shared_user=job.uid is None)
    if job.uid is not None:
        _become(job.uid, search)
    rules = _rules(job.folder)
    kernel.set_capabilities(search << _SEARCH)
    if search:
        kernel.prctl(kernel.CAP_AMBIENT, 2, _SEARCH)
    kernel.prctl(kernel.DUMPABLE, 1)
    kernel.prctl(kernel.NO_NEW_PRIVS, 1)
    kernel.call("landlock_restrict_self", rules, 0)
    os.close(rules)
    return job.folder


def _become(uid, search):
    """Be the job's user; where Python lies below root's home, keep the right to search folders."""
    kernel.prctl(kernel.KEEPCAPS, int(search))
    users.become(uid)
    kernel.set_capabilities(search << _SEARCH)


def _rules(scratch):
    here = version()
    handled = (1 << (16 if here >= _DEVICES else 15)) - 1
    network, scope = 3 if here >= _NET else 0, 3 if here >= _SIGNALS else 0
    size = 24 if scope else 16 if network else 8
    attributes = struct.pack("QQQ", handled, network, scope)
    rules = kernel.call("landlock_create_ruleset", attributes, size, 0)
    for path in (*folders.visible(), *_STATE):
        _allow(rules, path, _EXECUTE | _READ | _LIST, handled)
    for name in folders.DEVICES:
        _allow(rules, f"/dev/{name}", _READ | _WRITE, handled)
    _allow(rules, scratch, handled, handled)
    return rules


def _allow(rules, path, rights, handled):
    handle = os.open(path, os.O_PATH)
    if not os.path.isdir(f"/proc/self/fd/{handle}"):
        rights &= _ON_FILES
    kernel.call("landlock_add_rule", rules, 1, struct.pack("=Qi", rights & handled, handle), 0)
    os.close(handle)


def advice():
    """What to change so that this rung can be entered."""
    return "use Linux 6.2 or newer with landlock in the boot option lsm="


def lacks():
    """What this rung does not hold, besides what a trial finds."""
    right = ("jobs keep root's right to look up files, as Python lies below a closed folder",)
    return (
        SUM_OF_MEMORY,
        "whether a file outside exists, and its size, can be found out",
        "what loses its parent is ended by the supervisor rather than by the kernel",
        *(right if os.getuid() == 0 and folders.needs_search_right() else ()),
    )
