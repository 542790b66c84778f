"""`course check`: a notebook's cells and visible checks, run here as they stand.

The code is the student's own, so it runs in this process, without a kernel and without protection.
"""

import contextlib
import io
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from course_utils.checks.cells import NOTEBOOK_NAMES, as_python, execute
from course_utils.checks.messages import NOT_DONE, explain
from course_utils.checks.scores import Score


@dataclass
class Report:
    """What the checks of a notebook gave: `rows` of dicts, `errors` by cell."""

    notebook: str
    rows: list = field(default_factory=list)
    errors: dict = field(default_factory=dict)

    @property
    def finished(self):
        """Whether every visible check passed."""
        return bool(self.rows) and all(row["passed"] for row in self.rows)

    def as_dict(self):
        """Plain data, for --json."""
        return {"notebook": self.notebook, "rows": self.rows, "errors": self.errors}

    def __str__(self):
        lines = []
        for task in dict.fromkeys(row["task"] for row in self.rows):
            rows = [row for row in self.rows if row["task"] == task]
            if all(row["message"] == NOT_DONE for row in rows):
                lines.append(f"{task}: {NOT_DONE}")
                continue
            reached = sum(row["points"] for row in rows if row["passed"])
            lines.append(f"{task}: {reached:g} of {sum(row['points'] for row in rows):g}")
            lines += [f"  ✗ {row['check']}: {row['message']}\n    Hint: {row['hint']}"
                      for row in rows if not row["passed"]]
        lines += [f"The cell {cell} stopped: {error}" for cell, error in self.errors.items()]
        passed = sum(row["passed"] for row in self.rows)
        return "\n".join([*lines, f"{passed} of {len(self.rows)} visible checks passed"])


def run(path):
    """Run the notebook at `path` from top to bottom; returns its Report.

    Raises ValueError when the file is no notebook.
    """
    path = Path(path)
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"expected a notebook (.ipynb), and {path} cannot be read as one: "
                         f"{error}") from error
    report, names = Report(path.name), {"__name__": "__main__", **NOTEBOOK_NAMES}
    os.environ.setdefault("MPLBACKEND", "agg")
    with contextlib.chdir(path.resolve().parent):
        for cell in cells:
            if cell.get("cell_type") == "code":
                _run_cell(cell, names, report)
    return report


def _run_cell(cell, names, report):
    name = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id") or cell.get("id", "?")
    code = as_python("".join(cell["source"]))
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            value = execute(code, name, names)
    except NotImplementedError:
        return
    except Exception as error:
        report.errors[name] = explain(error, error.__traceback__)
        return
    if isinstance(value, Score):
        report.rows += [
            {"task": value.task or name, "check": one.name, "points": one.points,
             "passed": one.passed, "message": one.message, "hint": one.hint}
            for one in value.checks]
