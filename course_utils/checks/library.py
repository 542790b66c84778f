"""Which library functions a student's code uses, read from its syntax tree."""

import ast
import inspect
import textwrap

from course_utils.checks.messages import NOT_DONE


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
