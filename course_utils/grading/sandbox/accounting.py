"""What the processes below one process are, and what processor time they took, from /proc."""

import contextlib
import os


def _all():
    """pid -> (parent, its own ticks, ticks of its reaped children)."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
                # the name may hold blanks and brackets; it ends at the last bracket
                fields = file.read().rpartition(b")")[2].split()
                ticks = [int(field) for field in fields[11:15]]
                found[int(name)] = int(fields[1]), sum(ticks[:2]), sum(ticks[2:])
    return found


def below(pid, processes=None):
    """All descendants of a process, parents first."""
    processes = _all() if processes is None else processes
    children = {}
    for child, (parent, *_) in processes.items():
        children.setdefault(parent, []).append(child)
    found = list(children.get(pid, ()))
    for child in found:
        found += children.get(child, ())
    return found


def cpu_seconds(pid):
    """Processor time of the descendants of a process, those it has reaped included.

    The kernel forgets the time of children that a program told it to reap unseen.
    """
    processes = _all()
    if pid not in processes:
        return 0.0
    ticks = processes[pid][2] + sum(sum(processes[child][1:]) for child in below(pid, processes))
    return ticks / os.sysconf("SC_CLK_TCK")


def starved_seconds(pid):
    """Time that the main thread of a process could have run and waited for a core."""
    try:
        with open(f"/proc/{pid}/schedstat") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0
