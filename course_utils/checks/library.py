"""Which library functions a student's code uses, read from its syntax tree."""

import ast
import inspect
import textwrap

from course_utils.checks.messages import NOT_DONE


def forbid(target, *names):
    """Assert that `target` (a function or class) and the helpers that it calls use none of `names`.

    A name such as "torch.softmax" forbids the last part however it is reached: as a function, a
    method, an imported name or an alias; "torch.autograd" forbids all that lies below it. A name
    that the student's own code defines, a function or a variable, is the student's and allowed.
    """
    wanted = {name.rsplit(".", 1)[-1]: name for name in names}
    for function in _written_here(target):
        source = textwrap.dedent(_source(function))
        if "raise NotImplementedError" in source:
            raise NotImplementedError(NOT_DONE)
        tree = ast.parse(source)
        own = _assigned(tree)
        for node in ast.walk(tree):
            for used in _library_names(node, function, own):
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


def _assigned(tree):
    """The names of a function's parameters, variables and inner functions."""
    own = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            own.add(node.arg)
        elif isinstance(node, ast.FunctionDef):
            own.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            own.add(node.id)
    return own


def _library_names(node, function, own):
    """The library names that a node of the syntax tree uses."""
    if isinstance(node, ast.Attribute):
        return [node.attr]
    if isinstance(node, ast.Constant):  # getattr(torch, "softmax")
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.Import | ast.ImportFrom):
        paths = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
        return [part for path in paths for part in path.split(".")]
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load) or node.id in own:
        return []
    value = function.__globals__.get(node.id)
    return [] if _is_own(value, function) else [getattr(value, "__name__", node.id)]
