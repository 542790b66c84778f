"""Errors as plain data: told by the student's side, and made errors again by the judge."""

import builtins
import traceback

from course_utils.grading.values import text

MOST_TEXT = 4_000  # characters


class StudentError(Exception):
    """An error of the student's code of a class that is not built in."""


def told(error):
    """An error as plain data: the names of its classes, message, line, name, traceback."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__)
              if frame.filename.startswith("<")]
    line = frames[-1].line if frames else ""
    trace = "".join(traceback.format_list(frames[-5:]))
    name = getattr(error, "name", None)
    return [[kind.__name__ for kind in type(error).__mro__], message(error)[:MOST_TEXT],
            (line or "").strip()[:200], name if type(name) is str else None, trace[-MOST_TEXT:]]


def message(error):
    """An error's message; a KeyError's is the key, which Python shows in quotes."""
    try:
        only = len(error.args) == 1 and isinstance(error, KeyError)
        return str(error.args[0] if only else error)
    except Exception:
        return "its message cannot be shown"


def as_error(told, output=""):
    """The student's error as the nearest built-in class, with its message and its line."""
    kinds, message, line, name, trace = told
    kinds = [str(kind)[:100] for kind in kinds]
    kind = next(filter(None, map(_builtin, kinds)), StudentError)
    try:
        error = kind(text(message, MOST_TEXT))
    except TypeError:  # such as UnicodeDecodeError, which takes more than a message
        error = StudentError(text(message, MOST_TEXT))
    if isinstance(error, NameError):
        error.name = name if isinstance(name, str) else None
    error.kind = kinds[0] if kinds else ""
    error.line, error.trace, error.output = text(line, 200), text(trace, MOST_TEXT), output
    return error


def _builtin(name):
    kind = getattr(builtins, name, None)
    return kind if isinstance(kind, type) and issubclass(kind, Exception) else None
