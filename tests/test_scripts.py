"""The commands of README.md and CONTRIBUTING.md, as they are written there."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
TEXTS = "".join((ROOT / name).read_text() for name in ("README.md", "CONTRIBUTING.md"))
BLOCKS = "\n".join(re.findall(r"```bash\n(.*?)```", TEXTS, re.S))
COMMANDS = sorted({
    line.split("#")[0].strip()
    for line in re.findall(r"`([^`\n]+)`", TEXTS.replace("```", "")) + BLOCKS.splitlines()
    if re.match(r"(make|course|nbgrader|python) ", line)
})


def call(*command, cwd=ROOT, **environment):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=500,
        env={**os.environ, "PATH": path, "COURSE_ENV": "active", **environment},
    )


def first_words(tool):
    return sorted({words[1] for words in map(str.split, COMMANDS) if words[0] == tool})


def test_the_texts_name_the_commands():
    assert {"make book", "make test", "make grade-demo"} <= set(COMMANDS)


@pytest.mark.parametrize("target", first_words("make"))
def test_make_knows_the_target(target):
    done = call("make", "--dry-run", target)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("tool", ["course", "nbgrader"])
def test_the_tool_knows_its_subcommands(tool):
    for word in first_words(tool):
        done = call(tool, word, "--help")
        assert done.returncode == 0, f"{tool} {word}: {done.stderr}"


def test_make_help_lists_every_target():
    listed = call("make", "help").stdout
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.M)[1].split()
    assert [name for name in phony if f"make {name} " not in listed] == []


def test_python_scripts_that_are_named_exist():
    for command in COMMANDS:
        for script in re.findall(r"scripts/\w+\.py", command):
            assert (ROOT / script).is_file(), command


def test_check_asks_for_a_chapter_that_exists():
    assert "make check SLUG=" in call("make", "check").stderr
    assert "book/no-such.md" in call("make", "check", "SLUG=no-such").stderr


@pytest.fixture
def clone(tmp_path):
    """A copy of the set-up files alone, as on a fresh clone."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    for name in ("pyproject.toml", "constraints.txt", "Makefile"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


FAKE_PIP = """
import sys
import tomllib
from itertools import chain
from pathlib import Path
sys.path.insert(0, "scripts")
import environment
environment.pip = lambda *arguments: print("pip", *arguments)
environment.ensure("book")
environment.ensure("book")
"""


def test_an_environment_is_installed_once_torch_first_and_pinned(clone):
    done = call(sys.executable, "-c", FAKE_PIP, cwd=clone, COURSE_ENV="")
    calls = [line for line in done.stdout.splitlines() if line.startswith("pip")]
    assert len(calls) == 2, done.stdout + done.stderr
    assert calls[0].startswith("pip torch --constraint")
    assert "[book]" in calls[1]
    assert "--constraint" in calls[1]


def test_another_package_index_serves_torch_alone(clone):
    done = call(sys.executable, "-c", FAKE_PIP, cwd=clone, COURSE_ENV="", TORCH_INDEX="some-index")
    calls = [line for line in done.stdout.splitlines() if line.startswith("pip")]
    assert "--index-url some-index" in calls[0]
    assert "--index-url" not in calls[1]


def test_changed_pins_install_again(clone):
    call(sys.executable, "-c", FAKE_PIP, cwd=clone, COURSE_ENV="")
    with (clone / "constraints.txt").open("a") as pins:
        pins.write("# changed\n")
    again = call(sys.executable, "-c", FAKE_PIP, cwd=clone, COURSE_ENV="")
    assert "pip torch" in again.stdout


def test_an_old_python_is_told_what_to_do(clone):
    old = "environment.MINIMUM = (9, 9)\nenvironment.ensure"
    code = FAKE_PIP.replace("environment.ensure", old)
    done = call(sys.executable, "-c", code, cwd=clone, COURSE_ENV="")
    assert done.returncode == 1
    assert "make PYTHON=" in done.stderr


def test_pins_cover_every_requirement():
    """Each package that pyproject.toml names has an exact version in constraints.txt."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = list(chain(project["dependencies"], *project["optional-dependencies"].values()))
    pins = {
        canonicalize_name(Requirement(line).name): Requirement(line)
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if line and not line.startswith("#")
    }
    for requirement in map(Requirement, named):
        pin = pins[canonicalize_name(requirement.name)]
        version = next(iter(pin.specifier)).version
        assert requirement.specifier.contains(version, prereleases=True), requirement
