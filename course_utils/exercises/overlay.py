"""An instructor's private additions to an exercise: other given cells, and more hidden checks.

An overlay is a folder that is never committed, with a percent file `<slug>.py` for an exercise:

    # %% [given] digits              replaces the given cell of that name: other data, parameters
    # %% [test] softmax points=2     more checks of a task, hidden, in the format of its tests

The notebooks are then built from both; the release shows the new given cells and the new points,
and no line of the checks.
"""

from dataclasses import replace
from pathlib import Path

from course_utils.exercises.source import (
    BEGIN_HIDDEN,
    END_HIDDEN,
    Exercise,
    SourceError,
    place,
    read_cells,
)


def overlaid(exercise, folder):
    """The exercise with the additions in `folder`; as it is when there are none for it.

    Raises SourceError at an addition to a cell that the exercise does not have.
    """
    path = Path(folder) / f"{exercise.slug}.py"
    if not path.is_file():
        return exercise
    cells = list(exercise.cells)
    for addition in read_cells(path):
        if addition.role not in ("given", "test"):
            raise SourceError(f"{path}:{addition.line}: an overlay has [given] and [test] cells, "
                              f"not [{addition.role}]")
        found = [number for number, cell in enumerate(cells)
                 if (cell.role, cell.name) == (addition.role, addition.name)]
        if not found:
            raise SourceError(f"{path}:{addition.line}: the exercise has no [{addition.role}] cell "
                              f"named {addition.name}")
        number = found[0]
        cells[number] = addition if addition.role == "given" else joined(cells[number], addition)
    merged = Exercise(exercise.slug, exercise.path, exercise.title, cells, {})
    for cell in cells:
        place(merged, cell)
    return merged


def joined(test, addition):
    """A test with more hidden checks, above its last line."""
    body, _, last = test.body.rstrip().rpartition("\n")
    checks = addition.body.rstrip().removesuffix("score()").rstrip()
    points = test.points + addition.points
    return replace(
        test, body="\n".join([body, BEGIN_HIDDEN, checks, END_HIDDEN, last]),
        settings={**test.settings, "points": str(points)},
    )
