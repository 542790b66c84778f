"""Which library functions a student's code uses: read from its text, and seen while it runs."""

import ast
import inspect
import linecache

from torch.utils._python_dispatch import TorchDispatchMode

from course_utils.checks import hooks
from course_utils.checks.cells import DEFINITIONS, defined, parsed
from course_utils.checks.messages import NOT_DONE

REBINDING = {"globals", "exec", "eval", "__builtins__"}  # names, and below attributes and modules,
REBINDING_PARTS = {"__code__", "__globals__", "__builtins__", "f_globals"}  # by which a function
REBINDING_MODULES = {"__main__", "builtins"}  # can be made another one than its text says
MODULES = {"torch", "nn", "F", "functional", "np", "numpy", "math"}
REFLECTION = {"getattr", "vars", "__dict__", "eval", "exec", "globals", "__import__",
              "import_module", "attrgetter", "methodcaller"}


def forbid(target, *names):
    """Assert that `target` (a function or class) and the helpers that it calls use none of `names`.

    A name such as "torch.softmax" forbids the last part however it is reached: as a function, a
    method, an imported name or an alias; "torch.autograd" forbids all that lies below it. A name
    that the student's own code defines, a function, a method or a variable, is the student's and
    allowed. What hides a name from its text, `operators_used` sees.
    """
    wanted = {name.rsplit(".", 1)[-1]: name for name in names}
    start, cells = hooks.source_of(target)
    definitions = defined(cells)
    assert start in definitions, f"expected a function written here, got {target!r}"
    for what in rebinding(cells):
        raise AssertionError(f"a cell uses `{what}`, so it cannot be seen what `{start}` does; "
                             "write the task without it")
    todo, seen = [start], set()
    while todo:
        name = todo.pop()
        seen.add(name)
        node = definitions[name]
        if any(map(_is_blank, ast.walk(node))):
            raise NotImplementedError(NOT_DONE)
        own, used = _used(node, definitions)
        for one, line in used:
            assert one.strip("_") not in wanted, (
                f"`{name}` uses `{one}` in its line {line - node.lineno + 1}: "
                f"this task asks you to write {wanted[one.strip('_')]} yourself"
            )
        todo += own - seen


def operators_used(fn, *args):
    """The names of torch's operators that run when the student's side calls `fn(*args)`.

    However a function is reached, what it computes with is seen: `F.cross_entropy` as
    "_log_softmax" and "nll_loss_forward", the gradient of a tanh by autograd as "tanh_backward".
    This runs beside the student's code, as by `remote`, so it is a claim; use it after `forbid`.
    """
    return hooks.beside(_run_recorded, fn, *args)


def _run_recorded(fn, *args):
    with _Recorder() as recorder:
        fn(*args)
    return recorder.names


class _Recorder(TorchDispatchMode):
    """Notes the name of every operator that runs."""

    def __init__(self):
        super().__init__()
        self.names = set()

    @classmethod
    def _should_skip_dynamo(cls):
        return False  # else torch's compiler is imported for it, which takes seconds

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        self.names.add(operator.overloadpacket.__name__)
        return operator(*args, **(kwargs or {}))


def rebinding(cells):
    """What the cells use by which a name or a function becomes another one than its text says."""
    for node in (part for cell in cells for tree in parsed(cell) for part in ast.walk(tree)):
        if isinstance(node, ast.Name) and node.id in REBINDING:
            yield node.id
        elif isinstance(node, ast.Attribute):
            of = getattr(node.value, "id", None)
            if node.attr in REBINDING_PARTS or (of, node.attr) == ("sys", "modules"):
                yield node.attr
            elif isinstance(node.ctx, ast.Store) and of in MODULES:
                yield f"{of}.{node.attr} ="
        elif isinstance(node, ast.Import | ast.ImportFrom):
            paths = {getattr(node, "module", None), *(alias.name for alias in node.names)}
            yield from paths & REBINDING_MODULES
        elif (isinstance(node, ast.Call) and getattr(node.func, "id", None) == "setattr"
              and node.args and getattr(node.args[0], "id", None) in MODULES):
            yield "setattr"


def _is_blank(node):
    """Whether a function is as it was released: nothing but a docstring before the error."""
    if not isinstance(node, ast.FunctionDef):
        return False
    first = node.body[1:] if ast.get_docstring(node) is not None else node.body
    error = first[0].exc if first and isinstance(first[0], ast.Raise) else None
    error = error.func if isinstance(error, ast.Call) else error
    return isinstance(error, ast.Name) and error.id == "NotImplementedError"


def _used(node, definitions):
    """What a node uses: the names of own definitions, and (name, line) of all others."""
    bound, own, used, texts = _assigned(node), set(), [], []
    methods = {method.name for one in definitions.values() for part in ast.walk(one)
               if isinstance(part, ast.ClassDef)
               for method in part.body if isinstance(method, ast.FunctionDef)}
    for part in ast.walk(node):
        line = getattr(part, "lineno", node.lineno)
        if isinstance(part, ast.Attribute):
            of = ast.unparse(part.value)
            if of.split(".")[0] in MODULES or (of != "self" and part.attr not in methods):
                used.append((part.attr, line))
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            texts.append((part.value, line))
        elif isinstance(part, ast.Import | ast.ImportFrom):
            paths = [getattr(part, "module", None) or "", *(alias.name for alias in part.names)]
            used += [(name, line) for path in paths for name in path.split(".")]
        elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load) and part.id not in bound:
            if part.id in definitions:
                own.add(part.id)
            else:
                used.append((part.id, line))
    if any(name in REFLECTION for name, _ in used):  # getattr(torch, "softmax")
        used += texts
    return own, used


def _assigned(tree):
    """The names of a function's parameters, variables and inner functions."""
    bound = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, DEFINITIONS) and node is not tree:
            bound.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
    return bound


def source_of(target):
    """The name of a function or class, and the texts of the cells that define it and its helpers.

    This is the notebook's way, from the objects; a judge takes the texts that were handed in.
    """
    target = inspect.unwrap(target) if callable(target) else target
    methods = vars(target).values() if inspect.isclass(target) else [target]
    functions = [one for one in methods if inspect.isfunction(one)]
    assert functions, f"expected a function written here, got {target!r}"
    names = functions[0].__globals__
    name = next((name for name, value in names.items() if value is target), target.__name__)
    files = dict.fromkeys(one.__code__.co_filename for one in [*functions, *names.values()]
                          if inspect.isfunction(one) and one.__globals__ is names)
    return name, ["".join(linecache.getlines(file)) for file in files]


hooks.source_of = source_of
