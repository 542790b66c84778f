"""One submission, run: the student's cells in a process of their own, the tests here.

A process that ends early costs the check that was running its points; the next request gets a new
one, in which the cells so far are run again.
"""

import base64
import contextlib
import io
import random
import time
import zlib
from dataclasses import asdict, dataclass, field

import numpy as np
import torch

from course_utils.checks import hooks
from course_utils.checks.cells import execute
from course_utils.checks.scores import PENDING
from course_utils.grading.handles import Handle, Missing
from course_utils.grading.judge import Judge
from course_utils.grading.values import MOST_PICTURES
from course_utils.grading.values import text as cut
from course_utils.grading.wire import Lost

MOST_PICTURE = 300_000  # bytes
MOST_MESSAGE, MOST_NOTES, MOST_LOST = 2_000, 20, 20
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass
class Outcome:
    """What came of one submission: plain data, for result.json.

    checks: {test: [{name, points, passed, message, hint, notes}]}.
    outputs: {cell: {text, error, pictures}}, pictures as PNG in base 64.
    lost: [{cell, reason}] of processes of the student's that ended.
    cell_seconds: {cell: wall time}. seconds: of all; of it student_seconds: the student's own
    computing, and crossing_seconds: values on their way between judge and student's process.
    """

    checks: dict = field(default_factory=dict)
    outputs: dict = field(default_factory=dict)
    lost: list = field(default_factory=list)
    cell_seconds: dict = field(default_factory=dict)
    seconds: float = 0.0
    student_seconds: float = 0.0
    crossing_seconds: float = 0.0

    def reached(self, test):
        """Points that a test cell gives."""
        return sum(check["points"] for check in self.checks[test] if check["passed"])

    def as_dict(self):
        """Plain data."""
        return asdict(self)


class Session:
    """Runs the steps of one submission.

    connect: makes a new process of the student's; returns the channel to it.
    name: of the assignment; with the test's name and the course's secret it seeds what a test
    draws, so that all students get the same and none knows it.
    """

    def __init__(self, connect, name, secret=""):
        self.name, self.secret, self.outcome = name, secret, Outcome()
        self.judge = Judge(connect, self._again, self._note_lost, f"{secret}/{name}")
        self.names = {"__name__": "__main__", "__builtins__": __builtins__}
        self.done, self.running = [], ""  # steps that ran on the student's side; the current one

    def run(self, steps):
        """Run all steps; returns the Outcome."""
        hooks.beside, hooks.source_of = self._beside, self._source_of
        roles = {"given": self._given, "student": self._student, "test": self._test}
        began = time.perf_counter()
        for step in steps:
            self.running, self.judge.late = step.id, 0
            at = time.perf_counter()
            roles[step.role](step)
            self.outcome.cell_seconds[step.id] = round(time.perf_counter() - at, 3)
        self.outcome.seconds = round(time.perf_counter() - began, 3)
        self.outcome.student_seconds = round(self.judge.seconds, 3)
        self.outcome.crossing_seconds = round(self.judge.crossing, 3)
        return self.outcome

    def _again(self):
        """In a new process, run the cells that ran in the one that was lost."""
        for step in self.done:
            try:
                self.judge.run(step.code, step.id)
            except Lost:
                return
            except Exception:  # as when it ran first
                continue

    def _note_lost(self, error):
        one = {"cell": self.running, "reason": str(error)}
        if one not in self.outcome.lost[-1:] and len(self.outcome.lost) < MOST_LOST:
            self.outcome.lost.append(one)

    # what test cells call, instead of its likes in a notebook

    def _beside(self, fn, *args):
        return self.judge.call("call", (fn, *args), {})

    def _source_of(self, target):
        assert isinstance(target, Handle), f"expected a function written here, got {target!r}"
        if isinstance(target, Missing):
            target()
        return target._reference[1], [one.code for one in self.done if one.role == "student"]

    # steps

    def _given(self, step):
        self._student(step)
        with contextlib.redirect_stdout(io.StringIO()):
            execute(step.code, step.id, self.names)

    def _student(self, step):
        text, pictures, error = "", [], ""
        try:
            text, pictures = self.judge.run(step.code, step.id)
        except Lost as lost:
            error = f"the process that ran this cell ended: {lost}"
        except Exception as raised:
            text, kind = getattr(raised, "output", ""), getattr(raised, "kind", "error")
            error = cut(f"{kind}: {raised}", MOST_MESSAGE)
        if self.judge.connected:
            self.done.append(step)
        self.outcome.outputs[step.id] = {
            "text": text, "error": error,
            "pictures": [base64.b64encode(one).decode() for one in pictures[:MOST_PICTURES]
                         if one.startswith(PNG) and len(one) <= MOST_PICTURE],
        }

    def _test(self, step):
        seed = zlib.crc32(f"{self.secret}{self.name}/{step.id}".encode())
        for draw in (random.seed, np.random.seed, torch.manual_seed):
            draw(seed)
        PENDING.clear()
        names, stray = {**self.names, **self._handles(step)}, ""
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                checks = execute(step.code, step.id, names).checks
        except Exception as error:
            checks, stray = PENDING.copy(), cut(f"{type(error).__name__}: {error}", MOST_MESSAGE)
        told = [{"name": one.name, "points": one.points, "passed": one.passed, "hint": one.hint,
                 "message": cut(one.message, MOST_MESSAGE),
                 "notes": [cut(note, MOST_MESSAGE) for note in one.notes[:MOST_NOTES]]}
                for one in checks]
        reached = {one["name"] for one in told}
        told += [{"name": name, "points": points, "passed": False, "hint": "", "notes": [],
                  "message": f"not reached: {stray}"}
                 for name, points in step.checks if name not in reached]
        self.outcome.checks[step.id] = told

    def _handles(self, step):
        """What the student's side has for the names that a test asks for."""
        missing = {name: Missing(name) for name in step.asks}
        for _ in range(2):  # where a process is lost, a new one may know
            with contextlib.suppress(Lost):
                return {**missing, **self.judge.names(step.asks)}
        return missing
