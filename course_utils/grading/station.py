"""A place where submissions are graded one by one: `python -m course_utils.grading.station`.

The program imports what notebooks need, takes an optimizer step, forks a nursery and then reads
jobs, one folder a line; each is graded in a fork of its own, which writes `result.json` into the
folder. It answers each line with one of JSON: {"status": ...}, 0 when the result is there.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from course_utils.grading.jobs import grade

ENVIRONMENT = {
    "COURSE_PRESET": "cpu", "COURSE_DEVICE": "cpu", "CUDA_VISIBLE_DEVICES": "", "MPLBACKEND": "agg",
    "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0", "TOKENIZERS_PARALLELISM": "false",
}
BACKSTOP = 7200  # seconds of a whole submission


class StationLost(Exception):
    """The station's program is gone."""


class Station:
    """A station in a process of its own, as its user sees it."""

    def __init__(self, rung=None, unsafe=False, preset="cpu"):
        options = [*(["--rung", rung] if rung else []), *(["--unsafe"] if unsafe else [])]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "course_utils.grading.station", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
            env={**os.environ, **ENVIRONMENT, "COURSE_PRESET": preset},
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
    """Import what notebooks import, and take the first optimizer step, which is the slow one."""
    import cloudpickle  # noqa: F401
    import matplotlib.pyplot as plt  # noqa: F401
    import torch
    from IPython.core.inputtransformer2 import TransformerManager
    from sklearn.datasets import load_digits

    from course_utils import checks, data, experiment, plotting, training  # noqa: F401

    torch.set_num_threads(1)
    TransformerManager().transform_cell("1 + 1")
    load_digits()
    layer = torch.nn.Linear(1, 1)
    optimizer = torch.optim.Adam(layer.parameters())
    layer(torch.zeros(1, 1)).sum().backward()
    optimizer.step()


def main():
    """Serve until standard input closes."""
    from course_utils.grading import nursery, sandbox

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rung", choices=sandbox.RUNGS)
    parser.add_argument("--unsafe", action="store_true")
    options = parser.parse_args()
    try:
        protection = sandbox.choose(options.rung, options.unsafe)
    except sandbox.SandboxUnavailable as error:
        return _say({"error": str(error)})
    warm_up()
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        here.close()
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        nursery.serve(there, protection, sandbox.Limits())
        os._exit(0)
    there.close()
    _say({"rung": protection.rung, "holds": protection.holds, "lacks": protection.lacks})
    for line in sys.stdin:
        _say({"status": _graded(Path(line.strip()), here)})
    return 0


def _graded(folder, control):
    """Grade a job in a fork of this process; returns the fork's status."""
    pid = os.fork()
    if pid == 0:
        try:
            grade(folder, control)
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


def _say(answer):
    print(json.dumps(answer), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
