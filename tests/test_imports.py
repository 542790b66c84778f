"""Which room may know which: the import directions of the package, of the book and exercises."""

import ast
import subprocess
import sys

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "course_utils"
# room: what of the package it may import
MAY = {
    "data": set(), "results": set(), "plotting": set(), "widgets": set(), "checks": set(),
    "experiment": set(), "training": {"data"},
    "grading": {"checks", "data", "experiment", "plotting", "training"},
    "exercises": {"checks", "grading"}, "cli": {"checks", "exercises", "grading"},
}
WITHOUT_TORCH = ("plotting", "results", "exercises.source", "cli")
UNIX = {"resource", "fcntl", "pwd", "grp", "termios"}


def files(room):
    path = PACKAGE / room
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


def imported(path, top_level_only=False):
    """Dotted names of everything that a file imports."""
    tree = ast.parse(path.read_text())
    names = set()
    for node in tree.body if top_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def rooms(names):
    return {name.split(".")[1] for name in names if name.startswith("course_utils.")}


def test_every_room_has_a_rule():
    found = {path.stem for path in PACKAGE.iterdir()
             if path.suffix == ".py" or (path.is_dir() and (path / "__init__.py").is_file())}
    assert found - {"__init__"} == set(MAY)


@pytest.mark.parametrize("room", MAY)
def test_a_room_imports_only_what_it_may(room):
    for path in files(room):
        assert rooms(imported(path)) - {room} <= MAY[room], path


@pytest.mark.parametrize("module", WITHOUT_TORCH)
def test_what_needs_no_torch_loads_none(module):
    code = f"import sys, course_utils.{module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_package_needs_no_unix():
    for path in PACKAGE.rglob("*.py"):
        assert not imported(path, top_level_only=True) & UNIX, path


def test_nothing_in_the_package_imports_scripts_tests_or_the_book():
    for path in PACKAGE.rglob("*.py"):
        assert not {name.split(".")[0] for name in imported(path)} & {"scripts", "tests", "book"}


def test_exercises_use_the_package_and_not_its_tools():
    for path in (ROOT / "solutions").glob("*.py"):
        assert not rooms(imported(path)) & {"exercises", "grading", "cli"}, path
