"""Third rung: a container runtime, crun or runc (podman brings one of them), without an image.

The container's root is an empty folder on which Python's folders are mounted read-only. As the
runtime starts a new program, this rung takes a command and starts Python from cold. A command
that has the system's leave to make user namespaces, as on Ubuntu, works where the first rung
does not.
"""

import contextlib
import errno
import functools
import json
import os
import shutil
import socket
import subprocess
import time

from course_utils.grading.sandbox import folders, syscalls
from course_utils.grading.sandbox.limits import SUM_OF_MEMORY

FILTER = None  # the runtime installs one
_SCRATCH = "/scratch"
_PATIENCE = 20  # seconds for the runtime to start a container
_PLACES = ("/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/lib/podman", "/usr/libexec/podman")
_MIXED = "/sys/fs/cgroup/unified"  # both kinds of control groups at once, which crun refuses
_PASSED_ON = ("LANG", "LC_ALL", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def runtime():
    """Path of crun or runc; OSError where neither is installed."""
    path = os.pathsep.join((os.environ.get("PATH", ""), *_PLACES))
    for name in ("crun", "runc"):
        found = shutil.which(name, path=path)
        if found and not (name == "crun" and os.path.isdir(_MIXED)):
            return found
    raise OSError("neither crun nor runc is installed, or crun alone cannot work here")


def outside(job):
    """Nothing needs to be done in the supervisor."""


def inside(job):
    """In the child: write the container's description; returns the folder that holds it."""
    runtime()
    root = f"{job.folder}/root"
    os.mkdir(root, 0o755)
    for name in folders.LINKED:
        if os.path.islink(f"/{name}"):
            os.symlink(f"usr/{os.path.basename(os.path.realpath('/' + name))}", f"{root}/{name}")
    return job.folder


def command(job, arguments):
    """A function that turns this process into the runtime, which runs the container."""
    with open("config.json", "w") as file:
        json.dump(_description(job, arguments), file)
    line = [*_tool(job), "run", "--bundle", job.folder, "--pid-file", f"{job.folder}/pid",
            "--preserve-fds", str(len(job.keep)), os.path.basename(job.folder)]
    _renumber(job.keep)
    return functools.partial(os.execv, line[0], line)


def _tool(job):
    tool = runtime()
    without_groups = ["--cgroup-manager", "disabled"] if tool.endswith("crun") else []
    return [tool, "--root", f"{job.folder}/state", "--log", f"{job.folder}/log", *without_groups]


def ended(job):
    """In the supervisor, when all processes have ended: remove what the runtime made elsewhere."""
    with contextlib.suppress(OSError):
        line = [*_tool(job), "delete", "--force", os.path.basename(job.folder)]
        subprocess.run(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def started(job, child):
    """In the supervisor: the pid of the container's main process, once it runs."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if pid := _read(f"{job.folder}/pid").strip():
            return int(pid)
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            break
        time.sleep(0.002)
    raise OSError(_read(f"{job.folder}/log").strip()[-500:] or "the runtime did not start")


def _read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def _renumber(fds):
    """Move the descriptors to 3, 4, ..., by way of higher ones, as they may overlap."""
    high = max((64, *fds)) + 1
    for at, fd in enumerate(fds):
        os.dup2(fd, high + at)
    for at in range(len(fds)):
        os.dup2(high + at, 3 + at)
        os.close(high + at)


def _description(job, arguments):
    kinds = ["pid", "network", "ipc", "uts", "mount"]
    user, linux = {"uid": job.uid, "gid": job.uid}, {}
    if job.uid is None:
        kinds.append("user")
        user, linux = _same_user()
    linux |= {
        "namespaces": [{"type": kind} for kind in kinds],
        "maskedPaths": ["/proc/kcore", "/proc/keys", "/sys/firmware"],
        "readonlyPaths": ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"],
        "seccomp": _filter(),
    }
    return {
        "ociVersion": "1.0.0",
        "root": {"path": "root", "readonly": True},
        "hostname": "sandbox",
        "process": _process(job, arguments, user),
        "mounts": _mounts(job.limits.scratch_mb),
        "linux": linux,
    }


def _same_user():
    """An ordinary user as itself; runc insists on calling it root, which gives it no right."""
    user = {"uid": os.getuid(), "gid": os.getgid()}
    inner = {"uid": 0, "gid": 0} if runtime().endswith("runc") else user
    return inner, {
        f"{kind}Mappings": [{"containerID": inner[kind], "hostID": user[kind], "size": 1}]
        for kind in user}


def _process(job, arguments, user):
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment |= {"PATH": "/usr/bin", "HOME": _SCRATCH, "TMPDIR": _SCRATCH,
                    "USER": "student", "LOGNAME": "student"}
    return {
        "terminal": False,
        "user": user,
        "args": list(arguments),
        "env": [f"{name}={value}" for name, value in environment.items()],
        "cwd": _SCRATCH,
        "noNewPrivileges": True,
        "capabilities": {},
        "rlimits": [{"type": f"RLIMIT_{name}", "soft": soft, "hard": hard}
                    for name, soft, hard in job.limits.resources()],
    }


def _mounts(scratch_mb):
    memory = ["nosuid", "nodev", f"size={scratch_mb}m", "nr_inodes=4096", "mode=1777"]
    rows = [
        ("/proc", "proc", "proc", ["nosuid", "noexec", "nodev"]),
        ("/dev", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=64k"]),
        ("/dev/shm", "tmpfs", "tmpfs", [*memory, "noexec"]),
        (_SCRATCH, "tmpfs", "tmpfs", memory),
        *((path, "bind", path, ["rbind", "ro", "nosuid", "nodev"]) for path in folders.visible()),
    ]
    keys = ("destination", "type", "source", "options")
    return [dict(zip(keys, row, strict=True)) for row in rows]


def _filter():
    new = [1 << bit for bit in range(32) if syscalls.NAMESPACES >> bit & 1]
    rules = [
        (syscalls.denied_names(), errno.EPERM, None),
        (["clone3"], errno.ENOSYS, None),
        (["socket"], errno.EACCES, ("GT", socket.AF_INET6, 0)),
        (["prlimit64", "sched_setaffinity"], errno.EPERM, ("NE", 0, 0)),
        *((["clone"], errno.EPERM, ("MASKED_EQ", flag, flag)) for flag in new),
    ]
    return {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [_rule(*rule) for rule in rules]}


def _rule(names, error, first_argument):
    rule = {"names": names, "action": "SCMP_ACT_ERRNO", "errnoRet": error}
    if first_argument is not None:
        test, value, second = first_argument
        rule["args"] = [
            {"index": 0, "op": f"SCMP_CMP_{test}", "value": value, "valueTwo": second}]
    return rule


def advice():
    """What to install."""
    return "install podman, crun or runc"


def lacks():
    """What this rung does not hold, besides what a trial finds."""
    return (SUM_OF_MEMORY, "each program starts Python anew, which takes seconds")
