"""What a test cell may contain, checked before anything is released: each rule names its line."""

import ast
import builtins

from course_utils.checks.cells import checks_in, used_names
from course_utils.exercises.source import (
    BEGIN_HIDDEN,
    BEGIN_SOLUTION,
    END_HIDDEN,
    END_SOLUTION,
    SourceError,
)

HELPERS = {"check", "score", "remote", "raises", "forbid", "operators_used", "attempt"}
NOT_ACROSS = {
    # what cannot cross to a judge in another process, and what to use instead
    "deepcopy": "build a second object, or compare state_dict()s",
    "register_forward_hook": "run the hook by remote(fn, ...)",
    "issubclass": "test what the class does, by an instance",
    "vmap": "loop, or run it by remote(fn, ...)",
    "jacrev": "use torch.autograd.functional inside remote(fn, ...)",
}


def check_contract(exercise):
    """Raise SourceError at the first cell that breaks the contract of tests."""
    known = set(dir(builtins)) | HELPERS
    for cell in exercise.cells:
        if cell.role in ("given", "task"):
            _no_stray_markers(exercise, cell)
            known |= defined_names(_parse(exercise, cell))
        elif cell.role == "test":
            _test(exercise, cell, known)
    for task in exercise.tasks.values():
        if task.test is None:
            _fail(exercise, task.cell, f"task {task.name} has no [test] cell")


def defined_names(tree):
    """All names that a piece of code binds, at any level."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
    return names


def _test(exercise, cell, known):
    tree = _parse(exercise, cell)
    lines = [line.strip() for line in cell.body.splitlines() if line.strip()]
    if lines[-1] != "score()":
        _fail(exercise, cell, f"a test cell ends in the line score(), this one in {lines[-1]!r}")
    if unknown := used_names(tree) - known - defined_names(tree):
        _fail(
            exercise, cell,
            f"the test uses {', '.join(sorted(unknown))}, defined neither in a given cell nor by a "
            "task above",
        )
    try:
        checks = checks_in(cell.body)
    except ValueError as error:
        _fail(exercise, cell, str(error))
    names = [name for name, _ in checks]
    if commas := [name for name in names if "," in name]:
        _fail(exercise, cell, f"a check's name has no comma, since kills= lists names with commas: "
                              f"{commas[0]!r}")
    if len(set(names)) < len(names):
        _fail(exercise, cell, "two checks of a cell have the same name")
    if (total := sum(points for _, points in checks)) != cell.points:
        _fail(exercise, cell, f"the checks add up to {total} points, the header says {cell.points}")
    if cell.body.count(BEGIN_HIDDEN) != cell.body.count(END_HIDDEN):
        _fail(exercise, cell, f"'{BEGIN_HIDDEN}' and '{END_HIDDEN}' do not pair")
    _crosses(exercise, cell, tree)


def _crosses(exercise, cell, tree):
    for node in ast.walk(tree):
        name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)
        if name in NOT_ACROSS:
            _fail(
                exercise, cell,
                f"`{name}` cannot cross to another process: {NOT_ACROSS[name]}", node.lineno,
            )


def _no_stray_markers(exercise, cell):
    opened, closed = cell.body.count(BEGIN_SOLUTION), cell.body.count(END_SOLUTION)
    if opened != closed or (opened and cell.role == "given"):
        _fail(exercise, cell, f"'{BEGIN_SOLUTION}' and '{END_SOLUTION}' pair, and in tasks only")


def _parse(exercise, cell):
    try:
        return ast.parse(cell.body)
    except SyntaxError as error:
        _fail(exercise, cell, f"this is not Python: {error.msg}", error.lineno)


def _fail(exercise, cell, message, line=0):
    raise SourceError(f"{exercise.path}:{cell.line + line}: {message}")
