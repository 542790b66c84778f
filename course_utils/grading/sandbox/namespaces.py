"""First rung: namespaces and a root folder of its own, made after the fork.

The program sees Python's folders, read-only, a scratch folder that exists in memory only, and
itself. As an ordinary user this needs unprivileged user namespaces.
"""

import contextlib
import os
import socket

from course_utils.grading.sandbox import folders, kernel, users
from course_utils.grading.sandbox.limits import SUM_OF_MEMORY

SCRATCH = "/scratch"
FILTER = {"sockets": True, "metadata": True}
_FILES = 4096  # most files and folders in the scratch folder
_ROOT = "/tmp"  # any folder: the new root is mounted on it, and then takes its place


def outside(job):
    """In the supervisor: make its next child the first process of a new process namespace."""
    uid, gid = os.getuid(), os.getgid()
    kernel.unshare(kernel.NEWPID | (0 if uid == 0 else kernel.NEWUSER))
    if uid != 0:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"),
                           ("gid_map", f"{gid} {gid} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)


def ended(job):
    """Nothing is left to remove."""


def inside(job):
    """In the child: enter the sandbox; returns the scratch folder."""
    kernel.unshare(kernel.NEWNS | kernel.NEWUTS | kernel.NEWIPC | kernel.NEWNET)
    socket.sethostname("sandbox")
    kernel.mount(None, "/", flags=kernel.REC | kernel.PRIVATE)
    _compose_root(job.limits.scratch_mb)
    _enter_root()
    job.limits.apply()
    if job.uid is not None:
        users.become(job.uid)
    kernel.set_capabilities()
    kernel.prctl(kernel.DUMPABLE, 1)
    return SCRATCH


def _compose_root(scratch_mb):
    quiet = kernel.NOSUID | kernel.NODEV
    handles = {path: os.open(path, os.O_PATH) for path in folders.visible()}
    devices = {f"/dev/{name}": os.open(f"/dev/{name}", os.O_PATH) for name in folders.DEVICES}
    files = {*devices, *filter(os.path.isfile, handles)}  # asked before the mount may hide them
    kernel.mount("tmpfs", _ROOT, "tmpfs", quiet, "size=1m,mode=755")
    for name in folders.LINKED:
        if os.path.islink(f"/{name}"):
            os.symlink(f"usr/{os.path.basename(os.path.realpath('/' + name))}", f"{_ROOT}/{name}")
    for path in (*handles, *devices, SCRATCH, "/dev/shm", "/proc", "/old"):
        _point(path, folder=path not in files)
    for path, handle in handles.items():
        _bind(handle, path)
    kernel.restrict_mounts(_ROOT, kernel.RDONLY | quiet)
    for path, handle in devices.items():
        _bind(handle, path)
    kernel.mount("proc", f"{_ROOT}/proc", "proc", quiet | kernel.NOEXEC | kernel.RDONLY)
    kernel.mount("tmpfs", f"{_ROOT}/dev/shm", "tmpfs", quiet | kernel.NOEXEC,
                 f"size={scratch_mb}m,nr_inodes={_FILES},mode=1777")
    kernel.mount("tmpfs", f"{_ROOT}{SCRATCH}", "tmpfs", quiet,
                 f"size={scratch_mb}m,nr_inodes={_FILES},mode=1777")
    for handle in (*handles.values(), *devices.values()):
        os.close(handle)


def _bind(handle, path):
    kernel.mount(f"/proc/self/fd/{handle}", _ROOT + path, flags=kernel.BIND | kernel.REC)


def _point(path, folder):
    """Make the file or folder on which something is mounted."""
    if folder:
        os.makedirs(_ROOT + path, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(_ROOT + path), exist_ok=True)
        open(_ROOT + path, "a").close()


def _enter_root():
    os.chdir(_ROOT)
    kernel.call("pivot_root", b".", b"old")
    os.chdir("/")
    kernel.unmount("/old")


def advice():
    """What to change so that an ordinary user can enter this rung."""
    for path, bad, cure in (
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
        ("kernel/unprivileged_userns_clone", "0", "1"),
        ("user/max_user_namespaces", "0", "10000"),
    ):
        with contextlib.suppress(OSError), open(f"/proc/sys/{path}") as file:
            if file.read().strip() == bad:
                return f"run: sudo sysctl -w {path.replace('/', '.')}={cure}"
    return ("allow user namespaces, or run as root; in a container, start that with "
            "--privileged or with --security-opt seccomp=unconfined")


def lacks():
    """What this rung does not hold, besides what a trial finds."""
    return (SUM_OF_MEMORY,)
