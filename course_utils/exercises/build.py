"""From an exercise's source to its two notebooks: the instructor's and the student's.

The student's is made by nbgrader's own preprocessors, in nbgrader's order, so that
`nbgrader generate_assignment` writes the same bytes.
"""

import json
import re

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_utils.exercises.contract import check_contract
from course_utils.exercises.overlay import overlaid
from course_utils.exercises.source import read

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
REQUIRES = "0.1"
FIRST_CELL = f'''\
try:
    import course_utils
except ModuleNotFoundError:
    raise SystemExit(
        "course_utils is not installed. In the folder of the course run: "
        'python -m pip install -c constraints.txt ".[lab]"'
    ) from None
course_utils.require("{REQUIRES}")'''
HINTS = ("First hint: a question", "Second hint: a direction", "Third hint: nearly the line")


def notebooks(path, overlay=None):
    """The instructor's and the student's notebook of the source at `path`, as JSON texts.

    overlay: a folder with an instructor's additions; see `overlay`.
    """
    exercise = read(path)
    if overlay is not None:
        exercise = overlaid(exercise, overlay)
    check_contract(exercise)
    source = instructor_notebook(exercise)
    return write(source), write(release(source))


def write(notebook):
    """A notebook's text, the same whenever its content is the same."""
    return nbformat.writes(notebook, version=4) + "\n"


def instructor_notebook(exercise):
    """nbgrader's source notebook: statements, reference solutions and all tests."""
    cells = [_code("version-check", FIRST_CELL, locked=True)]
    number = texts = 0
    for cell in exercise.cells:
        if cell.role == "text":
            texts += 1
            cells.append(_markdown(f"text-{texts}", cell.comment))
        elif cell.role == "given":
            cells.append(_code(f"given-{cell.name}", cell.body, locked=True))
        elif cell.role == "task":
            number += 1
            task = exercise.tasks[cell.name]
            cells.append(_markdown(f"{cell.name}-text", statement(task, number)))
            cells.append(_code(cell.name, cell.code, solution=True))
        elif cell.role == "test":
            cells.append(_test(cell))
        elif cell.role == "written":
            cells += _written(cell)
    names = ", ".join(f'"{name}"' for name in exercise.tasks)
    last = f"from course_utils.checks import done\n\ndone({names})"
    cells.append(_code("done", last, locked=True))
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    return new_notebook(cells=cells, metadata=metadata)


def statement(task, number):
    """The Markdown above a task: title, difficulty, minutes, points, text, folded hints."""
    settings = task.cell.settings
    level = int(settings["difficulty"])
    facts = [
        "difficulty " + "●" * level + "○" * (3 - level),
        f"about {settings['minutes']} minutes",
        f"{task.test.points} points",
    ]
    parts = [f"### Task {number} · {task.title}", f"*{' · '.join(facts)}*", task.statement]
    parts += allowed(settings)
    parts += [fold(name, hint) for name, hint in zip(HINTS, task.hints, strict=False)]
    return "\n\n".join(parts)


def allowed(settings):
    """What a task allows and forbids, as a list of at most two sentences."""
    def listed(names):  # the first word of each is a name, the rest are words
        return re.sub(r"(^|, )([\w.]+)", r"\1`\2`", names)

    told = [f"Useful here: {settings['allows']}."] if "allows" in settings else []
    return told + (
        [f"Not allowed here: {listed(settings['forbids'])}."] if "forbids" in settings else []
    )


def fold(summary, text):
    """A fold that opens on a click, in JupyterLab and on GitHub."""
    return f"<details><summary>{summary}</summary>\n\n{text}\n\n</details>"


def release(source):
    """The student's notebook from the instructor's, as nbgrader would release it."""
    from nbgrader import preprocessors as steps

    notebook, resources = nbformat.from_dict(json.loads(json.dumps(source))), {}
    for step in (
        steps.LockCells, steps.ClearSolutions, steps.ClearOutput, steps.CheckCellMetadata,
        steps.ComputeChecksums, steps.ClearHiddenTests, steps.ClearMarkScheme,
        steps.ComputeChecksums, steps.CheckCellMetadata,
    ):
        notebook, resources = step().preprocess(notebook, resources)
    return notebook


def _test(cell):
    """The test cell; its last line says which task and how many points, hidden ones included."""
    said = f'score("{cell.name}", points={cell.points})'
    body = re.sub(r"^score\(\)$", said, cell.body, flags=re.M)
    return _code(f"{cell.name}-test", body, locked=True, points=cell.points)


def _written(cell):
    """A question (Markdown) and a cell for the answer, with the rubric as a mark scheme."""
    question, rubric, answer = re.split(r"^(?:Rubric|Answer): ", cell.comment, flags=re.M)
    scheme = f"=== BEGIN MARK SCHEME ===\n\n{rubric.strip()}\n\n=== END MARK SCHEME ==="
    title = f"### In your own words\n\n*{cell.points} points, read by a person*\n\n"
    return [
        _markdown(f"{cell.name}-text", title + question.strip()),
        _markdown(cell.name, f"{answer.strip()}\n\n{scheme}", points=cell.points, solution=True),
    ]


def _grading(name, locked, solution, points):
    return {
        "schema_version": 3, "grade": points is not None, "grade_id": name,
        "locked": locked, "solution": solution, "task": False,
        **({"points": points} if points is not None else {}),
    }


def _code(name, body, locked=False, solution=False, points=None):
    metadata = {"nbgrader": _grading(name, locked, solution, points)}
    return new_code_cell(body, id=name, metadata=metadata)


def _markdown(name, text, points=None, solution=False):
    metadata = {"nbgrader": _grading(name, not solution, solution, points)}
    return new_markdown_cell(text, id=name, metadata=metadata)
