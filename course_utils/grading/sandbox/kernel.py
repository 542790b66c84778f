"""The system calls that Python lacks, by ctypes; each raises OSError that names what failed."""

import ctypes
import functools
import os
import platform
import struct

# flags of unshare and clone
NEWNS, NEWCGROUP, NEWUTS, NEWIPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000
# flags of mount
RDONLY, NOSUID, NODEV, NOEXEC, BIND, REC, PRIVATE = 1, 2, 4, 8, 4096, 16384, 1 << 18
# options of prctl
PDEATHSIG, DUMPABLE, KEEPCAPS, SECCOMP, NO_NEW_PRIVS, CHILD_SUBREAPER, CAP_AMBIENT = (
    1, 4, 8, 22, 38, 36, 47)

MACHINE = platform.machine()
_NUMBERS = {
    "x86_64": {"pivot_root": 155, "capset": 126},
    "aarch64": {"pivot_root": 41, "capset": 91},
}.get(MACHINE, {})
_NUMBERS |= {
    "mount_setattr": 442,
    "landlock_create_ruleset": 444,
    "landlock_add_rule": 445,
    "landlock_restrict_self": 446,
}


@functools.cache
def _libc():
    return ctypes.CDLL(None, use_errno=True)


def _checked(result, what):
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def call(name, *arguments):
    """A system call by name; integers are passed as long."""
    if name not in _NUMBERS:
        raise OSError(f"{name}: not known on {MACHINE}")
    long = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _checked(_libc().syscall(ctypes.c_long(_NUMBERS[name]), *long), name)


def prctl(option, *arguments):
    """prctl(2) with up to four more arguments."""
    padded = (*arguments, 0, 0, 0, 0)[:4]
    long = [ctypes.c_ulong(a) if isinstance(a, int) else a for a in padded]
    return _checked(_libc().prctl(option, *long), f"prctl {option}")


def unshare(flags):
    """Leave the namespaces in `flags` for new ones."""
    _checked(_libc().unshare(flags), "unshare")


def mount(source, target, kind=None, flags=0, options=None):
    """mount(2)."""
    text = [None if t is None else os.fsencode(t) for t in (source, target, kind, options)]
    _checked(_libc().mount(*text[:3], ctypes.c_ulong(flags), text[3]), f"mount {target}")


def unmount(target):
    """Detach what is mounted at `target`, also while it is in use."""
    _checked(_libc().umount2(os.fsencode(target), 2), f"umount {target}")


def restrict_mounts(target, flags):
    """Add RDONLY, NOSUID, NODEV to the mount at `target` and to all below it (Linux 5.12)."""
    recursive, here = 0x8000, -100
    attributes = struct.pack("QQQQ", flags, 0, 0, 0)
    call("mount_setattr", here, os.fsencode(target), recursive, attributes, len(attributes))


def set_capabilities(bits=0):
    """Make `bits` the permitted, effective and inheritable capabilities of this process."""
    header = struct.pack("Ii", 0x20080522, 0)
    low, high = bits & 0xFFFFFFFF, bits >> 32
    call("capset", header, struct.pack("6I", low, low, low, high, high, high))


def has_capability(number):
    """Whether this process may use the capability now."""
    with open("/proc/self/status") as status:
        line = next(row for row in status if row.startswith("CapEff:"))
    return bool(int(line.split()[1], 16) >> number & 1)
