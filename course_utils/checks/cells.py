"""Cells of code as texts: running one, and what it defines, uses and checks."""

import ast
import linecache

DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


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

    return TransformerManager().transform_cell(code)


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
    """{name: syntax tree} of what the cells define at their top level; a later one wins."""
    found = {}
    for node in (node for cell in cells for node in parsed(cell)):
        if isinstance(node, DEFINITIONS):
            found[node.name] = node
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname: node for alias in node.names if alias.asname}
            if isinstance(node, ast.ImportFrom):
                found |= {alias.name: node for alias in node.names if not alias.asname}
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = (one for target in targets for one in ast.walk(target))
            found |= {one.id: node for one in names
                      if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    return found


def parsed(cell):
    """The statements of a cell, none where it is no Python."""
    try:
        return ast.parse(cell).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


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
