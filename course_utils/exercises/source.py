"""Read `solutions/<slug>.py`: percent cells with a role, a name and settings in their headers."""

import re
import shlex
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

ROLES = {
    # role: (needs a name, needs a second name, settings that it must have, that it may have)
    "text": (False, False, set(), set()),
    "given": (True, False, set(), set()),
    "task": (True, False, {"difficulty", "minutes"}, {"allows", "forbids"}),
    "test": (True, False, {"points"}, set()),
    "wrong": (True, True, {"kills", "says"}, set()),
    "alternative": (True, True, set(), set()),
    "written": (True, False, {"points"}, set()),
}
HEADER = re.compile(r"^# %% \[(\w+)\]\s*(.*)$")
BEGIN_SOLUTION, END_SOLUTION = "### BEGIN SOLUTION", "### END SOLUTION"
BEGIN_HIDDEN, END_HIDDEN = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"


class SourceError(ValueError):
    """A mistake in an exercise's source, with its file and line."""


@dataclass
class Cell:
    """One percent cell: `name` is the task's for tasks, tests and answers to them."""

    role: str
    name: str
    label: str
    settings: dict
    body: str
    line: int

    @property
    def points(self):
        """Points of a test or of a written answer."""
        return int(self.settings["points"])

    @property
    def comment(self):
        """The leading comment lines, without "# ": Markdown."""
        return _leading_comment(self.body)[0]

    @property
    def code(self):
        """What follows the leading comment lines."""
        return _leading_comment(self.body)[1]


@dataclass
class Task:
    """A task with everything that belongs to it."""

    cell: Cell
    title: str
    statement: str
    hints: list[str]
    test: Cell | None = None
    wrong: list[Cell] = field(default_factory=list)
    alternatives: list[Cell] = field(default_factory=list)

    @property
    def name(self):
        """The task's name, which is also its cell's id."""
        return self.cell.name


@dataclass
class Exercise:
    """A whole exercise: cells in order, and the tasks found in them."""

    slug: str
    path: Path
    title: str
    cells: list[Cell]
    tasks: dict[str, Task]

    @property
    def points(self):
        """Points of all tests and written answers."""
        return sum(c.points for c in self.cells if c.role in ("test", "written"))

    @property
    def minutes(self):
        """Expected minutes of all tasks."""
        return sum(int(task.cell.settings["minutes"]) for task in self.tasks.values())


def read(path):
    """Parse the exercise at `path`; SourceError names file and line of the first mistake."""
    path = Path(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    front, start = _front_matter(path, lines)
    cells = [_cell(path, *block) for block in _blocks(path, lines, start)]
    exercise = Exercise(path.stem, path, front["title"], cells, {})
    for cell in cells:
        place(exercise, cell)
    return exercise


def read_cells(path):
    """The cells of a percent file without front matter, such as an overlay's."""
    path = Path(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_cell(path, *block) for block in _blocks(path, lines, 0)]


def read_all(folder):
    """All exercises of a folder, by slug."""
    return {path.stem: read(path) for path in sorted(Path(folder).glob("*.py"))}


def _fail(path, line, message):
    raise SourceError(f"{path}:{line}: {message}")


def _front_matter(path, lines):
    if not lines or lines[0] != "# ---" or "# ---" not in lines[1:]:
        _fail(path, 1, 'expected front matter: "# ---", "# title: ...", "# ---"')
    end = lines.index("# ---", 1)
    pairs = [line.removeprefix("# ").partition(":") for line in lines[1:end]]
    front = {key.strip(): value.strip() for key, _, value in pairs}
    if not front.get("title"):
        _fail(path, 1, "the front matter has no title")
    return front, end + 1


def _blocks(path, lines, start):
    """(line number, role, rest of the header, body) of each cell."""
    heads = [i for i in range(start, len(lines)) if lines[i].startswith("# %%")]
    for i, end in zip(heads, [*heads[1:], len(lines)], strict=True):
        match = HEADER.match(lines[i])
        if not match or match[1] not in ROLES:
            _fail(path, i + 1, f"expected '# %% [role] ...' with a role among {', '.join(ROLES)}")
        yield i + 1, match[1], match[2], "\n".join(lines[i + 1 : end]).strip("\n")


def _cell(path, line, role, header, body):
    try:
        words = shlex.split(header)
    except ValueError as error:
        _fail(path, line, f"the header cannot be read: {error}")
    settings = dict(word.split("=", 1) for word in words if "=" in word)
    names = [word for word in words if "=" not in word]
    needs_name, needs_label, must, may = ROLES[role]
    if len(names) != needs_name + needs_label:
        expected = ["nothing", "one name", "a task's name and a label"][needs_name + needs_label]
        _fail(path, line, f"a [{role}] cell takes {expected} in its header, got {names}")
    if missing := must - set(settings):
        _fail(path, line, f"a [{role}] cell needs {', '.join(sorted(missing))}=...")
    if unknown := set(settings) - must - may:
        _fail(path, line, f"a [{role}] cell knows no {', '.join(sorted(unknown))}")
    for number in ("points", "difficulty", "minutes"):
        if number in settings and not settings[number].isdigit():
            _fail(path, line, f"{number} is a whole number, got {settings[number]!r}")
    names += ["", ""]
    return Cell(role, names[0], names[1], settings, body, line)


def place(exercise, cell):
    """Attach a cell to its task, or make the task."""
    if cell.role == "task":
        if cell.name in exercise.tasks:
            _fail(exercise.path, cell.line, f"there is already a task {cell.name}")
        exercise.tasks[cell.name] = _task(exercise.path, cell)
        return
    if cell.role not in ("test", "wrong", "alternative"):
        return
    task = exercise.tasks.get(cell.name)
    if task is None:
        _fail(exercise.path, cell.line, f"no task {cell.name} stands above this [{cell.role}] cell")
    if cell.role == "test":
        if task.test is not None:
            _fail(exercise.path, cell.line, f"task {cell.name} has a test already")
        task.test = cell
    else:
        (task.wrong if cell.role == "wrong" else task.alternatives).append(cell)


def _task(path, cell):
    if BEGIN_SOLUTION not in cell.code or END_SOLUTION not in cell.code:
        _fail(path, cell.line, f"task {cell.name} has no '{BEGIN_SOLUTION}' ... '{END_SOLUTION}'")
    title, _, rest = cell.comment.partition("\n")
    if not title.startswith("# "):
        _fail(path, cell.line, "a task's first comment line is its title: '# # Title'")
    statement, *hints = re.split(r"^Hint: ", rest, flags=re.M)
    hints = [" ".join(hint.split()) for hint in hints]
    return Task(cell, title.removeprefix("# ").strip(), statement.strip(), hints)


def _leading_comment(body):
    lines = body.splitlines()
    n = next((i for i, line in enumerate(lines) if not re.match(r"#( |$)", line)), len(lines))
    comment = textwrap.dedent("\n".join(line[1:] for line in lines[:n]))
    return comment.strip("\n"), "\n".join(lines[n:]).strip("\n")
