"""The instructor's notebooks by nbval: every cell runs, and every test cell gives its points."""

import os
import subprocess
import sys

import nbformat

from course_utils.exercises.build import instructor_notebook
from course_utils.exercises.source import read


def with_scores(exercise):
    """The instructor's notebook with the outputs that nbval must find: full points everywhere."""
    notebook = instructor_notebook(exercise)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        grading = cell.metadata.nbgrader
        if grading.grade:
            cell.metadata["tags"] = ["nbval-check-output"]
            cell.execution_count = 1
            data = {"text/plain": f"{grading.points}", "text/html": "TABLE"}
            cell.outputs = [nbformat.v4.new_output("execute_result", data, execution_count=1)]
    return notebook


def test_the_reference_runs_and_scores_by_nbval(solution, tmp_path):
    exercise = read(solution)
    path = tmp_path / f"{solution.stem}.ipynb"
    nbformat.write(with_scores(exercise), path)
    rules = tmp_path / "sanitize.cfg"  # the words of the table are not compared, the number is
    rules.write_text("[html]\nregex: (?s)<table.*\nreplace: TABLE\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval-lax",
         f"--nbval-sanitize-with={rules}", "--nbval-current-env", "--nbval-cell-timeout=300",
         "--rootdir", str(tmp_path), str(path)],
        capture_output=True, text=True, cwd=tmp_path,
        env={**os.environ, "COURSE_PRESET": "cpu", "JUPYTER_PREFER_ENV_PATH": "1"},
    )
    assert done.returncode == 0, done.stdout[-3000:]
