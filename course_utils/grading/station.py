"""A place where submissions are graded one by one: `python -m course_utils.grading.station`.

The program imports what notebooks need, takes an optimizer step, forks a nursery and then reads
jobs, one folder a line; each is graded in a fork of its own, which writes `result.json` into the
folder. It answers each line with one of JSON: {"status": ...}, 0 when the result is there.
"""

import argparse
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from course_utils.grading.jobs import grade
from course_utils.grading.nursery import Times

ENVIRONMENT = {
    "COURSE_PRESET": "cpu", "COURSE_DEVICE": "cpu", "CUDA_VISIBLE_DEVICES": "", "MPLBACKEND": "agg",
    "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0", "TOKENIZERS_PARALLELISM": "false",
}
PASSED_ON = (  # of the environment; the rest, which may hold passwords, no student's code can see
    "PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV",
    "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME", "XDG_RUNTIME_DIR", "COURSE_SANDBOX_UIDS",
)
BACKSTOP = 7200  # seconds of a whole submission
MEMORY = 4 << 30  # bytes that a judge may take beyond what it starts with


class StationLost(Exception):
    """The station's program is gone."""


class Station:
    """A station in a process of its own, as its user sees it."""

    def __init__(self, rung=None, unsafe=False, preset="cpu", times=None):
        options = [*(["--rung", rung] if rung else []), *(["--unsafe"] if unsafe else [])]
        for name, seconds in asdict(times or Times()).items():
            options += [f"--{name.replace('_', '-')}", str(seconds)]
        passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "course_utils.grading.station", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
            env={**passed_on, **ENVIRONMENT, "COURSE_PRESET": preset},
        )
        self.ready = None  # its protection, once it is warm

    def protection(self):
        """{rung, holds, lacks}; waits until the station is warm. StationLost says why it is not."""
        if self.ready is None:
            self.ready = self._answer()
            if "error" in self.ready:
                raise StationLost(self.ready["error"])
        return self.ready

    def grade(self, folder):
        """Grade the job in `folder`; returns the status, 0 when result.json is there."""
        self.protection()
        try:
            self.process.stdin.write(f"{folder}\n")
            self.process.stdin.flush()
        except OSError as error:
            raise StationLost("the station ended") from error
        return self._answer()["status"]

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise StationLost(f"the station ended with status {self.process.wait()}")
        return json.loads(line)

    def close(self):
        """Let it end, with all that it started."""
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def warm_up():
    """Import what notebooks and judges import, and take the first optimizer step, a slow one."""
    import cloudpickle  # noqa: F401
    import matplotlib.pyplot as plt  # noqa: F401
    import torch
    from IPython.core.inputtransformer2 import TransformerManager
    from sklearn.datasets import load_digits

    from course_utils import checks, data, experiment, plotting, training  # noqa: F401
    from course_utils.grading import plan, session  # noqa: F401

    torch.set_num_threads(1)
    TransformerManager().transform_cell("1 + 1")
    load_digits()
    layer = torch.nn.Linear(1, 1)
    optimizer = torch.optim.Adam(layer.parameters())
    layer(torch.zeros(1, 1)).sum().backward()
    optimizer.step()
    gc.collect()
    gc.freeze()  # forks do not look at these objects, so the pages stay shared


def main():
    """Serve until standard input closes."""
    from course_utils.grading import sandbox

    options = _options(sandbox.RUNGS)
    times = Times(**{name: getattr(options, name) for name in asdict(Times())})
    try:
        protection = sandbox.choose(options.rung, options.unsafe)
    except sandbox.SandboxUnavailable as error:
        return _say({"error": str(error)})
    warm_up()
    control, nursery = _nursery(protection)
    _say({"rung": protection.rung, "holds": protection.holds, "lacks": protection.lacks})
    for line in sys.stdin:
        status = _graded(Path(line.strip()), control, times)
        if os.waitpid(nursery, os.WNOHANG)[0]:
            return 1
        _say({"status": status})
    return 0


def _options(rungs):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rung", choices=rungs)
    parser.add_argument("--unsafe", action="store_true")
    for name, seconds in asdict(Times()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=seconds)
    return parser.parse_args()


def _nursery(protection):
    """(socket, process) of a new nursery."""
    from course_utils.grading import nursery, sandbox

    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid == 0:
        here.close()
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        nursery.serve(there, protection, sandbox.Limits())
        os._exit(0)
    there.close()
    return here, pid


def _graded(folder, control, times):
    """Grade a job in a fork of this process; returns the fork's status."""
    pid = os.fork()
    if pid == 0:
        try:
            _limit(times.total)
            grade(folder, control, times)
            os._exit(0)
        except BaseException as error:
            (folder / "error.txt").write_text(f"{type(error).__name__}: {error}\n")
            os._exit(1)
    began = time.monotonic()
    while time.monotonic() - began < BACKSTOP:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _limit(seconds):
    """Limit this judge's memory and CPU time: what a student returns may be huge or endless."""
    import resource

    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, resource.RLIM_INFINITY))
    hard = int(seconds) + 300

    def overdue(number, frame):
        soft, _ = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (min(soft + 10, hard), hard))
        raise TimeoutError("testing what came back took too long")

    signal.signal(signal.SIGXCPU, overdue)
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, hard))


def _say(answer):
    print(json.dumps(answer), flush=True)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # the grader was killed: nobody waits for an answer
        os._exit(1)
