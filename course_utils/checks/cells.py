"""Cells of code as texts: running one, and what it defines, uses and checks."""

import ast
import linecache
import re

DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
IMPORTS = ast.Import | ast.ImportFrom
SCOPES = ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
BODY_MAGICS = re.compile(r"\A(?:\s*%%(?:time|capture|prun)\b.*)+")  # what is below runs as usual
TIMED = re.compile(r"^([ \t]*(?:[\w, ]+=[ \t]*)?)%time[ \t]+(?=\S)", re.M)  # the rest runs too
MAGIC = re.compile(r"^([ \t]*)(?:[%!?].*|[^#\n]*\?[ \t]*|[\w, ]+=[ \t]*[%!].*)$", re.M)


def execute(code, name, names):
    """Run `code` in the namespace `names`; the value of its last line if that is an expression.

    name: what tracebacks call the cell; its lines can be looked up under it.
    """
    source = f"<{name} {id(code)}>"
    linecache.cache[source] = (len(code), None, code.splitlines(keepends=True), source)
    tree = ast.parse(code)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, source, "exec"), names)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), source, "eval"), names)


def as_python(code):
    """A cell's code with magics and shell escapes as calls, which `NOTEBOOK_NAMES` answers."""
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager().transform_cell(_untimed(code))


def _untimed(code):
    """A cell without the magics that only watch what it does."""
    return TIMED.sub(r"\1", BODY_MAGICS.sub(lambda found: "#\n" * found[0].count("\n"), code))


class Quiet:
    """Stands for IPython and its parts: takes every call and does nothing."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Quiet()

    def __call__(self, *arguments, **named):
        return None


NOTEBOOK_NAMES = {"get_ipython": Quiet, "display": print}  # for cells that run without IPython


def defined(cells):
    """{name: its syntax trees} of what the cells define outside functions.

    A function or class takes the place of what had its name before; other statements that bind a
    name, whole ones such as an `if` or a loop, stand beside each other, for any may be the last.
    """
    found = {}
    for node in (node for cell in cells for node in parsed(cell)):
        for name in set(_bound(node)):
            found[name] = [*([] if isinstance(node, DEFINITIONS) else found.get(name, [])), node]
    return found


def _bound(node):
    """The names that a statement binds in the scope where it stands."""
    if isinstance(node, DEFINITIONS):
        yield node.name
    elif isinstance(node, IMPORTS):
        plain = isinstance(node, ast.ImportFrom)
        yield from (alias.asname or alias.name for alias in node.names if alias.asname or plain)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif not isinstance(node, SCOPES):
        for part in ast.iter_child_nodes(node):
            yield from _bound(part)


def parsed(cell):
    """The statements of a cell, magics read as `pass`; none where it is no Python."""
    return _statements(cell) or []


def is_python(cell):
    """Whether a cell can run in a notebook, as far as its text tells."""
    return _statements(cell) is not None


def _statements(cell):
    cell = _untimed(cell)
    for text in (cell, MAGIC.sub(r"\1pass", cell)):
        try:
            return ast.parse(text).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


def used_names(code):
    """All names that a piece of code, a text or a syntax tree, reads."""
    tree = ast.parse(code) if isinstance(code, str) else code
    return {
        node.id for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def checks_in(code):
    """The (name, points) of each `check(...)` in a test cell, in order.

    Raises ValueError where a name or points are computed instead of written out.
    """
    found = []
    for call in _calls(ast.parse(code), "check"):
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        name = call.args[0] if call.args else given.get("name")
        points = given.get("points", call.args[1] if len(call.args) > 1 else ast.Constant(1))
        if not isinstance(name, ast.Constant) or not isinstance(points, ast.Constant):
            raise ValueError("a check's name and points are written out, not computed")
        found.append((name.value, points.value))
    return found


def _calls(tree, name):
    calls = [
        node for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]
    return sorted(calls, key=lambda call: call.lineno)
