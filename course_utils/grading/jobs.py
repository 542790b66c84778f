"""A job: a folder with what is to be graded, and, when it is done, what came of it.

    job.json       {"name", "student", "answers", "added"}, see `plan.steps`
    source.ipynb   the instructor's notebook with all tests
    result.json    the outcome, see `session.Outcome`
"""

import json
import os
from pathlib import Path

FILES = ("job.json", "source.ipynb")


def write(folder, source, **job):
    """Write a job's files into `folder`, which is made."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "source.ipynb").write_text(source, encoding="utf-8")
    _whole(folder / "job.json", json.dumps(job))
    return folder


def copy(folder, target):
    """The same job in another folder, not graded."""
    return write(target, (folder / "source.ipynb").read_text(encoding="utf-8"), **read(folder))


def read(folder):
    """What job.json says."""
    return json.loads((Path(folder) / "job.json").read_text(encoding="utf-8"))


def result(folder):
    """The outcome of a job as plain data, or None where it has not been graded."""
    path = Path(folder) / "result.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def write_result(folder, outcome):
    """Write result.json in one step."""
    _whole(Path(folder) / "result.json", json.dumps(outcome))


def error(folder):
    """What kept a job from being graded, in words."""
    path = Path(folder) / "error.txt"
    return path.read_text(encoding="utf-8").strip() if path.is_file() else "it was not graded"


def _whole(path, text):
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def grade(folder, control, times=None):
    """Grade the job in `folder` with processes of the nursery behind `control`."""
    import nbformat

    from course_utils.grading.nursery import Nursery
    from course_utils.grading.plan import steps
    from course_utils.grading.session import Session

    folder = Path(folder)
    job = read(folder)
    notebook = nbformat.reads((folder / "source.ipynb").read_text(encoding="utf-8"), as_version=4)
    planned = steps(notebook, job["answers"], [tuple(one) for one in job.get("added", ())])
    if only := job.get("only"):  # one test, and the cells that it may need
        last = next(i for i, step in enumerate(planned) if step.id == only)
        planned = [step for step in planned[: last + 1] if step.role != "test" or step.id == only]
    nursery = Nursery(control, times)
    try:
        outcome = Session(nursery.connect, job["name"], job.get("secret", "")).run(planned)
    finally:
        nursery.clear()
    write_result(folder, outcome.as_dict())
