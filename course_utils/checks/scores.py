"""Points: of one test cell, and of the notebook as a whole."""

import html
import sys

PENDING = []  # the checks since the last score()
CELL = ' style="text-align:left;vertical-align:top;padding:0.2em 1.5em 0.2em 0"'
_scores = {}  # task -> Score, for done()


class Score:
    """The points of one test cell; its repr is the number that nbgrader reads."""

    def __init__(self, task, checks, total):
        self.task, self.checks = task, checks
        self.reached = sum(check.points for check in checks if check.passed)
        self.visible = sum(check.points for check in checks)
        self.total = self.visible if total is None else total

    @property
    def hidden(self):
        """Points of the checks that are not in this notebook."""
        return self.total - self.visible

    @property
    def finished(self):
        """Whether every check of this notebook passed."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    def __repr__(self):
        return f"{self.reached:g}"

    def _repr_html_(self):
        rows = "".join(map(_row, self.checks))
        note = f"{self.reached:g} of {self.visible:g} points"
        if self.hidden > 0:
            note = (f"{self.reached:g} of {self.visible:g} visible points; "
                    f"{self.hidden:g} more are checked after you hand in")
        return (
            f'<table><thead><tr><th scope="col"{CELL}>check</th><th scope="col"{CELL}>points</th>'
            f'<th scope="col"{CELL}>what to know</th></tr></thead>'
            f"<tbody>{rows}</tbody></table><p>{note}</p>"
        )


def _row(check):
    mark = "✓" if check.passed else "✗"
    told = [] if check.passed else [check.message, *([f"Hint: {check.hint}"] if check.hint else [])]
    told += [f"a warning (no points lost): {note}" for note in check.notes]
    reached = check.points if check.passed else 0
    return (
        f"<tr><td{CELL}>{mark} {html.escape(check.name)}</td>"
        f"<td{CELL}>{reached:g} of {check.points:g}</td>"
        f"<td{CELL}>{'<br>'.join(map(html.escape, told))}</td></tr>"
    )


def score(task=None, points=None):
    """The last line of a test cell: its repr is the points reached, its HTML the table of checks.

    task, points: filled in by the release; the points include the checks that are hidden.
    """
    cell = sys._getframe(1).f_code.co_filename  # not what another, interrupted cell left behind
    result = Score(task, [one for one in PENDING if one.cell == cell], points)
    PENDING.clear()
    if task:
        _scores[task] = result
    return result


class Done:
    """How far the notebook is: tasks with every visible check passed."""

    def __init__(self, tasks):
        self.tasks = tasks
        self.scores = [_scores.get(task) for task in tasks]

    def __repr__(self):
        finished = sum(score is not None and score.finished for score in self.scores)
        known = [score for score in self.scores if score is not None]
        points = sum(score.reached for score in known)
        visible = sum(score.visible for score in known)
        return (
            f"{finished} of {len(self.tasks)} tasks done; "
            f"{points:g} of {visible:g} visible points"
        )


def done(*tasks):
    """The last cell of a notebook: says "n of m tasks done"."""
    return Done(tasks)
