"""Limits of a job, as the kernel counts them for each process."""

import contextlib
import os
from dataclasses import dataclass

SUM_OF_MEMORY = "the memory of all processes together has no limit"


@dataclass(frozen=True)
class Limits:
    """What a job may use; `scratch_mb` is the size of its scratch folder, the rest per process."""

    cpu_s: int = 600
    memory_mb: int = 3072
    processes: int = 64
    scratch_mb: int = 64
    file_mb: int = 64
    open_files: int = 256

    def resources(self, shared_user=False):
        """(name, soft, hard) for setrlimit. Processes are counted per user.

        With `shared_user` those that the user runs beside this one come on top.
        """
        running = tasks_of(os.getuid()) - 1 if shared_user else 0
        return [
            ("CPU", self.cpu_s, self.cpu_s + 1),
            ("AS", self.memory_mb << 20, self.memory_mb << 20),
            ("NPROC", self.processes + running, self.processes + running),
            ("FSIZE", self.file_mb << 20, self.file_mb << 20),
            ("NOFILE", self.open_files, self.open_files),
            ("CORE", 0, 0),
            ("MSGQUEUE", 0, 0),
        ]

    def apply(self, shared_user=False):
        """Limit this process and what it starts; a limit in force that is lower stays."""
        import resource

        for name, soft, hard in self.resources(shared_user):
            kind = getattr(resource, f"RLIMIT_{name}")
            highest = resource.getrlimit(kind)[1]
            if highest != resource.RLIM_INFINITY:
                soft, hard = min(soft, highest), min(hard, highest)
            resource.setrlimit(kind, (soft, hard))


def tasks_of(uid):
    """Number of threads of all processes of a user."""
    count = 0
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == uid:
                count += len(os.listdir(f"/proc/{name}/task"))
    return count
