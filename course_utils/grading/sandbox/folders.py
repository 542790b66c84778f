"""What a sandboxed program may read: Python, its packages, the system's libraries and tools."""

import os
import sys

import course_utils

_SYSTEM = ["/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec",
           "/usr/local/lib", "/usr/share/zoneinfo", "/usr/share/fonts",
           "/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime"]
LINKED = ("bin", "sbin", "lib", "lib32", "lib64")  # links into /usr on most systems
DEVICES = ("null", "zero", "full", "random", "urandom")
PROCESSOR = "/sys/devices/system/cpu"  # torch looks up the kind and number of cores here


def visible():
    """Existing files and folders, none within another; a link's own path as well as its target."""
    paths = [*_python(), *_SYSTEM, PROCESSOR,
             *(f"/{name}" for name in LINKED if not os.path.islink(f"/{name}"))]
    paths = {os.path.abspath(p) for p in paths if os.path.exists(p)}
    paths = sorted(paths | {os.path.realpath(p) for p in paths}, key=lambda p: (p.count("/"), p))
    outermost = []
    for path in paths:
        if not within(path, outermost):
            outermost.append(path)
    return outermost


def within(path, folders):
    """Whether `path` is one of the folders or lies in one."""
    return any(path == folder or path.startswith(folder + "/") for folder in folders)


def needs_search_right():
    """Whether some folder of Python's lies where only its owner, such as root, can go."""
    return not all(_open_to_all(path) for path in visible())


def _python():
    """Parts of the environment and of the Python below it; of a checkout, the package alone."""
    found = [os.path.dirname(course_utils.__file__)]
    found.append(os.path.dirname(os.path.realpath(sys.executable)))
    for prefix in {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}:
        found += [f"{prefix}/{part}" for part in ("bin", "lib", "lib64", "pyvenv.cfg")]
    found += [p for p in sys.path if p.endswith(("site-packages", "dist-packages"))]
    return found


def _open_to_all(path):
    while path != "/":
        mode = os.stat(path).st_mode
        if not mode & 0o001 and not os.path.isfile(path):
            return False
        path = os.path.dirname(path)
    return True
