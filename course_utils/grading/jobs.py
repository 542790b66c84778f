"""A job: a folder with what is to be graded, and, when it is done, what came of it.

    job.json       {"name", "secret", "steps"}: the assignment's name, what seeds its tests, and
                   what is run, see `plan.Step`; beside them whatever its maker wants to know later
    result.json    the outcome, see `session.Outcome`
"""

import json
import os
from dataclasses import asdict
from pathlib import Path

from course_utils.grading.plan import Step

FILE = "job.json"


def write(folder, steps, **about):
    """Write a job into `folder`, which is made."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _whole(folder / FILE, json.dumps({**about, "steps": [asdict(one) for one in steps]}))
    return folder


def copy(folder, target):
    """The same job in another folder, not graded."""
    target.mkdir(parents=True, exist_ok=True)
    _whole(target / FILE, (folder / FILE).read_text(encoding="utf-8"))
    return target


def read(folder):
    """What job.json says."""
    return json.loads((Path(folder) / FILE).read_text(encoding="utf-8"))


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
    from course_utils.grading.nursery import Nursery
    from course_utils.grading.session import Session

    job = read(folder)
    steps = [Step(**one) for one in job["steps"]]
    nursery = Nursery(control, times)
    try:
        outcome = Session(nursery.connect, job["name"], job.get("secret", "")).run(steps)
    finally:
        nursery.clear()
    write_result(folder, outcome.as_dict())
