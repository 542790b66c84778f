"""What test cells are written with: checks that record instead of raising, and teach.

A test cell makes its own inputs, states each property in a `check`, and ends in `score()`:

    x = torch.randn(5, 7)
    with check("rows sum to one", points=1, hint="Over which axis do you sum?"):
        torch.testing.assert_close(softmax(x).sum(-1), torch.ones(5))
    score()

Nothing here raises into the notebook or writes to standard error: an unfinished notebook runs to
its end, and a warning never costs a point.
"""

import ast
import contextlib
import html
import inspect
import io
import sys
import textwrap
import traceback
import warnings
from dataclasses import dataclass, field

import torch

NOT_DONE = "not done yet"
_pending = []  # the checks since the last score()
_scores = {}  # task -> Score, for done()


@dataclass
class Check:
    """One property with its points, and what came of it."""

    name: str
    points: float = 1
    hint: str = ""
    passed: bool = False
    message: str = ""
    notes: list = field(default_factory=list)
    unfinished: bool = False

    def __post_init__(self):
        self._declared = []

    def inplace(self, thing):
        """Declare that `thing` (a tensor, a module, a list of tensors) may change in this check."""
        self._declared.append(thing)
        return thing

    def __enter__(self):
        self._frame = sys._getframe(1)
        self._before = _tensors(self._frame)
        self._stack = contextlib.ExitStack()
        self._stderr = self._stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        self._warnings = self._stack.enter_context(warnings.catch_warnings(record=True))
        warnings.simplefilter("always")
        return self

    def __exit__(self, kind, error, trace):
        self._stack.close()
        if isinstance(error, KeyboardInterrupt):
            return False
        self.notes = sorted({_first_lines(str(warning.message)) for warning in self._warnings})
        if error is None:
            error = self._changed_input()
        self.passed = error is None
        self.unfinished = isinstance(error, NotImplementedError)
        self.message = "" if error is None else explain(error, trace)
        _pending.append(self)
        self._frame = self._before = None
        return True

    def _changed_input(self):
        declared = {id(t) for thing in self._declared for t in _parts(thing)}
        now = _tensors(self._frame)
        for name, (tensor, copy) in self._before.items():
            same = name in now and now[name][0] is tensor
            if same and id(tensor) not in declared and not _equal(tensor, copy):
                return AssertionError(
                    f"your function changed its input `{name}`; work on a copy (`.clone()`), "
                    "or on new tensors"
                )
        return None


def check(name, points=1, hint=""):
    """A property to check, worth `points`, in a `with` block of ordinary asserts.

    `hint` is shown when it fails. `with check(...) as c: step(c.inplace(w))` declares what may
    change; any other tensor of the cell that changes makes the check fail.
    """
    return Check(name, points, hint)


def remote(fn, *args):
    """Run a function of the test beside the student's code, on plain data; here that is a call."""
    return fn(*args)


@contextlib.contextmanager
def raises(kind, about=""):
    """The block must raise `kind`, with `about` somewhere in its message."""
    try:
        yield
    except kind as error:
        said = str(error)
    else:
        raise AssertionError(f"expected {kind.__name__}, and nothing was raised")
    assert about in said, f"the error's message should mention {about!r}, it is: {said}"


def forbid(target, *names):
    """Assert that `target` (a function or class) and the helpers that it calls use none of `names`.

    A name such as "torch.softmax" forbids the last part however it is reached: as a function, a
    method, an imported name or an alias. A function of the same name that the student wrote is
    the student's own and allowed.
    """
    wanted = {name.rsplit(".", 1)[-1]: name for name in names}
    for function in _written_here(target):
        source = textwrap.dedent(_source(function))
        if "raise NotImplementedError" in source:
            raise NotImplementedError(NOT_DONE)
        for node in ast.walk(ast.parse(source)):
            used = _library_name(node, function)
            assert used not in wanted, (
                f"`{function.__name__}` uses `{used}` in its line {node.lineno}: "
                f"this task asks you to write {wanted[used]} yourself"
            )


def _written_here(target):
    """`target`, or a class's methods, and the functions of the same module that these call."""
    methods = [m for m in vars(target).values() if inspect.isfunction(m)] if inspect.isclass(
        target
    ) else [inspect.unwrap(target)]
    found = []
    while methods:
        function = methods.pop()
        assert inspect.isfunction(function), f"expected a function written here, got {function!r}"
        if function in found:
            continue
        found.append(function)
        called = map(function.__globals__.get, function.__code__.co_names)
        methods += [f for f in called if _is_own(f, function)]
    return found


def _is_own(value, function):
    return inspect.isfunction(value) and value.__globals__ is function.__globals__


def _source(function):
    try:
        return inspect.getsource(function)
    except OSError:
        return ""


def _library_name(node, function):
    """The library name that a node of the syntax tree uses, or None."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None  # getattr(torch, "softmax")
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
        return None
    value = function.__globals__.get(node.id)
    return None if _is_own(value, function) else getattr(value, "__name__", node.id)


@contextlib.contextmanager
def attempt(task):
    """For given cells that show a task's work: says "not done yet", or what stopped it."""
    try:
        yield
    except Exception as error:
        print(f"{task}: {explain(error)}")


# Messages ---------------------------------------------------------------------------------------


def explain(error, trace=None):
    """What went wrong, for a student: short, and without the machinery's frames."""
    if isinstance(error, NotImplementedError):
        return NOT_DONE
    if isinstance(error, NameError) and error.name:
        return f"`{error.name}` is not defined: run the cell of the task first"
    text = _first_lines(str(error))
    if isinstance(error, AssertionError):
        return text or f"this does not hold: {_failed_line(trace)}"
    place = _failed_line(trace)
    return f"{type(error).__name__}: {text}" + (f", in `{place}`" if place else "")


def _first_lines(text):
    """The first lines, in one; torch.testing says there what differs and by how much."""
    lines = [line.strip().rstrip("!") for line in text.splitlines() if line.strip()]
    return "; ".join(lines[:4]).replace("Tensor-likes are not close", "the values differ")


def _failed_line(trace):
    frames = traceback.extract_tb(trace) if trace else []
    return frames[-1].line.strip() if frames and frames[-1].line else ""


# Changed inputs ---------------------------------------------------------------------------------


def _tensors(frame):
    """Name -> (tensor, copy) of the plain tensors that the cell can see; large ones are skipped."""
    names = {**frame.f_globals, **frame.f_locals}
    return {
        name: (value, value.detach().clone())
        for name, value in names.items()
        if isinstance(value, torch.Tensor) and type(value) is torch.Tensor
        and not name.startswith("_") and value.numel() <= 1_000_000
    }


def _parts(thing):
    if isinstance(thing, torch.Tensor):
        return [thing]
    if isinstance(thing, torch.nn.Module):
        return [*thing.parameters(), *thing.buffers()]
    if isinstance(thing, dict):
        thing = thing.values()
    return [part for item in thing for part in _parts(item)] if hasattr(thing, "__iter__") else []


def _equal(tensor, copy):
    return tensor.shape == copy.shape and torch.equal(
        torch.nan_to_num(tensor.detach()), torch.nan_to_num(copy)
    )


# Scores -----------------------------------------------------------------------------------------


class Score:
    """The points of one test cell; its repr is the number that nbgrader reads."""

    def __init__(self, task, checks, total):
        self.task, self.checks = task, checks
        self.reached = sum(check.points for check in checks if check.passed)
        self.visible = sum(check.points for check in checks)
        self.total = self.visible if total is None else total

    @property
    def hidden(self):
        """Points of the checks that are not in this notebook."""
        return self.total - self.visible

    @property
    def finished(self):
        """Whether every check of this notebook passed."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    def __repr__(self):
        return f"{self.reached:g}"

    def _repr_html_(self):
        rows = "".join(map(_row, self.checks))
        note = f"{self.reached:g} of {self.visible:g} visible points"
        if self.hidden > 0:
            note += f"; {self.hidden:g} more are checked after you hand in"
        return (
            '<table style="text-align:left"><thead><tr><th scope="col">check</th>'
            '<th scope="col">points</th><th scope="col">what to know</th></tr></thead>'
            f"<tbody>{rows}</tbody></table><p>{note}</p>"
        )


def _row(check):
    mark = "✓" if check.passed else "✗"
    told = [] if check.passed else [check.message, *([f"Hint: {check.hint}"] if check.hint else [])]
    told += [f"a warning (no points lost): {note}" for note in check.notes]
    reached = check.points if check.passed else 0
    cell = ' style="text-align:left"'
    return (
        f"<tr><td{cell}>{mark} {html.escape(check.name)}</td>"
        f"<td>{reached:g} of {check.points:g}</td>"
        f"<td{cell}>{'<br>'.join(map(html.escape, told))}</td></tr>"
    )


def score(task=None, points=None):
    """The last line of a test cell: its repr is the points reached, its HTML the table of checks.

    task, points: filled in by the release; the points include the checks that are hidden.
    """
    result = Score(task, _pending.copy(), points)
    _pending.clear()
    if task:
        _scores[task] = result
    return result


class Done:
    """How far the notebook is: tasks with every visible check passed."""

    def __init__(self, tasks):
        self.tasks = tasks
        self.scores = [_scores.get(task) for task in tasks]

    def __repr__(self):
        finished = sum(score is not None and score.finished for score in self.scores)
        known = [score for score in self.scores if score is not None]
        points = sum(score.reached for score in known)
        visible = sum(score.visible for score in known)
        return (
            f"{finished} of {len(self.tasks)} tasks done; "
            f"{points:g} of {visible:g} visible points"
        )


def done(*tasks):
    """The last cell of a notebook: says "n of m tasks done"."""
    return Done(tasks)
