"""Run an exercise on live objects: its reference once, and answers from forks of the state before.

A fork starts in the state that the notebook has before a task, so an answer costs only itself
and its test. Where the system cannot fork, a fresh process runs the cells above again.
"""

import contextlib
import io
import multiprocessing
import multiprocessing.connection
import os
import time
from dataclasses import dataclass

from course_utils.checks.cells import execute
from course_utils.checks.messages import with_hint
from course_utils.exercises.build import instructor_notebook, release
from course_utils.exercises.source import read

FORKS = hasattr(os, "fork")
_state = None  # the Session that forked children continue


@dataclass
class Outcome:
    """What a test cell gave: `checks` holds (name, points, passed, told) of each check."""

    checks: list
    seconds: float = 0.0
    error: str = ""

    @property
    def reached(self):
        """Points of the checks that passed."""
        return sum(points for _, points, passed, _ in self.checks if passed)

    @property
    def failed(self):
        """Names of the checks that failed."""
        return {name for name, _, passed, _ in self.checks if not passed}

    @property
    def told(self):
        """All that a student reads of the failed checks, messages and hints."""
        return " ".join(told for _, _, passed, told in self.checks if not passed)


@contextlib.contextmanager
def _silence():
    sink = io.StringIO()
    with contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
        yield


class Session:
    """A namespace in which code cells run one after the other, as in a notebook."""

    def __init__(self):
        self.names = {"__name__": "__main__", "__builtins__": __builtins__}

    def run(self, code, name):
        """Execute `code`; return the value of its last line if that is an expression."""
        return execute(code, name, self.names)

    def test(self, code, name):
        """Run a test cell; an error outside its checks fails the whole cell."""
        began = time.perf_counter()
        try:
            with _silence():
                score = self.run(code, name)
        except Exception as error:
            return Outcome([], time.perf_counter() - began, f"{type(error).__name__}: {error}")
        checks = [
            (check.name, check.points, check.passed, with_hint(check.message, check.hint))
            for check in score.checks
        ]
        return Outcome(checks, time.perf_counter() - began)


def code_cells(exercise):
    """The code cells of the instructor's notebook: (id, code), in order."""
    notebook = instructor_notebook(exercise)
    return [(cell.id, cell.source) for cell in notebook.cells if cell.cell_type == "code"]


def blank_cells(exercise):
    """What the student gets in each code cell, by id."""
    notebook = release(instructor_notebook(exercise))
    return {cell.id: cell.source for cell in notebook.cells if cell.cell_type == "code"}


def run_reference(exercise, before_task=lambda name, session: None):
    """Run all cells; return {task: Outcome}. `before_task` is called in the state before each."""
    session, outcomes = Session(), {}
    for cell, code in code_cells(exercise):
        if cell in exercise.tasks:
            before_task(cell, session)
        if cell.endswith("-test") and cell.removesuffix("-test") in exercise.tasks:
            outcomes[cell.removesuffix("-test")] = session.test(code, cell)
        else:
            with _silence():
                session.run(code, cell)
    return outcomes


def run_answers(exercise, task, codes, session, timeout=120, workers=2):
    """Outcomes of several answers to one task, in order, each from a fork of `session`."""
    global _state
    _state = session
    context = multiprocessing.get_context("fork" if FORKS else "spawn")
    jobs, outcomes = list(enumerate(codes)), [None] * len(codes)
    running = []
    while jobs or running:
        while jobs and len(running) < workers:
            index, code = jobs.pop(0)
            receive, send = context.Pipe(duplex=False)
            process = context.Process(target=_child, args=(send, exercise.path, task, code))
            process.start()
            send.close()
            running.append((index, process, receive, time.monotonic() + timeout))
        multiprocessing.connection.wait([r for _, _, r, _ in running], timeout=1)
        for entry in list(running):
            index, process, receive, deadline = entry
            if receive.poll() or not process.is_alive() or time.monotonic() > deadline:
                outcomes[index] = _received(process, receive, timeout)
                running.remove(entry)
    return outcomes


def _received(process, receive, timeout):
    try:
        outcome = receive.recv() if receive.poll() else None
    except EOFError:
        outcome = None
    if outcome is None:
        alive = process.is_alive()
        process.kill()
        outcome = Outcome([], error=f"took more than {timeout} s" if alive else "the process died")
    process.join()
    return outcome


def _child(send, path, task, code):
    exercise = read(path)
    session = _state if FORKS else _session_before(exercise, task)
    send.send(_answer(exercise, task, code, session))
    send.close()


def _answer(exercise, task, code, session):
    """Run the answer, the given cells up to the test, and the test."""
    cells = code_cells(exercise)
    ids = [cell for cell, _ in cells]
    between = cells[ids.index(task) + 1 : ids.index(f"{task}-test")]
    try:
        with _silence():
            session.run(code, task)
            for cell, given in between:
                session.run(given, cell)
    except Exception as error:
        return Outcome([], error=f"{type(error).__name__}: {error}")
    return session.test(dict(cells)[f"{task}-test"], f"{task}-test")


def _session_before(exercise, task):
    session = Session()
    for cell, code in code_cells(exercise):
        if cell == task:
            return session
        with _silence():
            session.run(code, cell)
    raise KeyError(task)
