"""Every exercise in the tree: released freshly, free of answers, right by every path."""

import json
import re

import nbformat

from course_utils.exercises.build import notebooks
from course_utils.exercises.release import stale
from course_utils.exercises.source import (
    BEGIN_HIDDEN,
    BEGIN_SOLUTION,
    END_HIDDEN,
    END_SOLUTION,
    read,
)
from course_utils.exercises.through_nbgrader import Course, differences, submissions
from course_utils.exercises.verify import verify
from tests.conftest import ROOT


def secret_lines(exercise):
    """Lines of solutions, hidden tests, wrong and alternative answers, and model answers."""
    secret = set()
    for cell in exercise.cells:
        if cell.role == "task":
            secret |= regions(cell.body, BEGIN_SOLUTION, END_SOLUTION)
        elif cell.role == "test":
            secret |= regions(cell.body, BEGIN_HIDDEN, END_HIDDEN)
        elif cell.role in ("wrong", "alternative"):
            secret |= lines(cell.body)
        elif cell.role == "written":
            secret |= lines(re.split("^Rubric:", cell.comment, flags=re.M)[1])
    return secret


def open_lines(exercise):
    """Lines that students are meant to see."""
    shown = set()
    for cell in exercise.cells:
        if cell.role in ("given", "text"):
            shown |= lines(cell.body)
        elif cell.role in ("task", "test"):
            body = re.sub(f"{BEGIN_SOLUTION}.*?{END_SOLUTION}", "", cell.body, flags=re.S)
            shown |= lines(re.sub(f"{BEGIN_HIDDEN}.*?{END_HIDDEN}", "", body, flags=re.S))
    return shown


def regions(text, begin, end):
    return lines("\n".join(re.findall(f"{begin}\n(.*?){end}", text, re.S)))


def lines(text):
    return {line.strip() for line in text.splitlines() if len(line.strip()) > 12}


def test_the_release_is_fresh(solution):
    assert stale(solution) == [], "run `course release`"


def test_a_release_is_the_same_each_time(solution):
    assert notebooks(solution) == notebooks(solution)


def test_the_students_notebook_is_free_of_answers(solution):
    exercise = read(solution)
    path = ROOT / "exercises" / solution.stem / f"{solution.stem}.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    code = set().union(*(lines(cell.source) for cell in cells if cell.cell_type == "code"))
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    secret = secret_lines(exercise) - open_lines(exercise)
    assert secret & code == set()
    # a hint may name a call; it never spells out a whole line of an answer
    assert {line for line in secret if len(line) > 24 and line in prose} == set()


def test_every_answer_gets_what_it_deserves(solution, bench):
    report = verify(solution, bench)
    assert report.problems == [], str(report)


def test_nbgrader_gives_the_same_scores(solution, tmp_path):
    assert differences(solution, tmp_path, ROOT) == []


def test_nbgrader_releases_the_committed_bytes(solution, tmp_path):
    course = Course(tmp_path, ROOT)
    course.add(solution)
    committed = ROOT / "exercises" / solution.stem / f"{solution.stem}.ipynb"
    assert course.released(solution.stem).read_bytes() == committed.read_bytes()


def test_the_blank_notebook_runs_to_its_end(solution):
    from nbclient import NotebookClient

    notebook = nbformat.from_dict(json.loads(json.dumps(submissions(read(solution))["blank"])))
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    said = notebook.cells[-1].outputs[0]["data"]["text/plain"]
    assert said.startswith(f"0 of {len(read(solution).tasks)} tasks done"), said
