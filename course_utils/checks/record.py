"""Checks that record what came of them, in a `with` block of ordinary asserts."""

import contextlib
import io
import sys
import warnings
from dataclasses import dataclass, field

import torch

from course_utils.checks import hooks
from course_utils.checks.messages import explain, first_lines
from course_utils.checks.scores import PENDING


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
        self._declared, self._changed = [], []

    def inplace(self, thing):
        """Declare that `thing` (a tensor, a module, a list of tensors) may change in this check."""
        self._declared.append(thing)
        return thing

    def declares(self, thing):
        """Whether `thing` is one that was declared, or a tensor of one."""
        return any(one is thing or any(part is thing for part in _parts(one))
                   for one in self._declared)

    def note_change(self, tensor):
        """A call in another process changed its copy of a tensor that the cell may name."""
        self._changed += [name for name, (one, _) in self._before.items() if one is tensor]

    def __enter__(self):
        self._frame = sys._getframe(1)
        self.cell = self._frame.f_code.co_filename
        self._before = _tensors(self._frame)
        hooks.OPEN.append(self)
        self._stack = contextlib.ExitStack()
        self._stderr = self._stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        self._warnings = self._stack.enter_context(warnings.catch_warnings(record=True))
        warnings.simplefilter("always")
        return self

    def __exit__(self, kind, error, trace):
        self._stack.close()
        hooks.OPEN.remove(self)
        if isinstance(error, KeyboardInterrupt):
            return False
        self.notes = sorted({first_lines(str(warning.message)) for warning in self._warnings})
        if error is None or isinstance(error, AssertionError):
            error = self._changed_input() or error
        self.passed = error is None
        self.unfinished = isinstance(error, NotImplementedError)
        self.message = "" if error is None else explain(error, trace)
        PENDING.append(self)
        self._frame = self._before = None
        return True

    def _changed_input(self):
        if self._changed:
            return hooks.changed_input(self._changed[0])
        now = _tensors(self._frame)
        for name, (tensor, copy) in self._before.items():
            same = name in now and now[name][0] is tensor
            if same and not _equal(tensor, copy) and not self.declares(tensor):
                return hooks.changed_input(name)
        return None


def check(name, points=1, hint=""):
    """A property to check, worth `points`, in a `with` block of ordinary asserts.

    `hint` is shown when it fails. `with check(...) as c: step(c.inplace(w))` declares what may
    change; any other tensor of the cell that changes makes the check fail.
    """
    return Check(name, points, hint)


def remote(fn, *args):
    """Run a function of the test beside the student's code, on plain data; here that is a call."""
    return hooks.beside(fn, *args)


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


@contextlib.contextmanager
def attempt(task):
    """For given cells that show a task's work: says "not done yet", or what stopped it."""
    try:
        yield
    except Exception as error:
        print(f"{task}: {explain(error)}")


def _tensors(frame):
    """Name -> (tensor, copy) of the cell's tensors and of its modules'; large ones are skipped."""
    seen = {}
    for name, value in {**frame.f_globals, **frame.f_locals}.items():
        if name.startswith("_"):
            continue
        if isinstance(value, torch.nn.Module):
            seen |= {f"{name}.{part}": tensor
                     for part, tensor in [*value.named_parameters(), *value.named_buffers()]}
        elif type(value) is torch.Tensor:
            seen[name] = value
    return {name: (tensor, tensor.detach().clone()) for name, tensor in seen.items()
            if tensor.numel() <= 1_000_000}


def _parts(thing):
    if isinstance(thing, torch.Tensor):
        return [thing]
    if isinstance(thing, torch.nn.Module):
        return [*thing.parameters(), *thing.buffers()]
    if isinstance(thing, dict):
        thing = thing.values()
    elif not isinstance(thing, list | tuple | set):
        return []
    return [part for item in thing for part in _parts(item)]


def _equal(tensor, copy):
    return tensor.shape == copy.shape and torch.equal(
        torch.nan_to_num(tensor.detach()), torch.nan_to_num(copy)
    )
