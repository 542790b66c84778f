"""The graded notebook: what the student handed in, with what came of it below each cell.

It is what formgrader shows and what feedback is made of, so it holds no hidden test: of a hidden
check it tells name, points and hint, but not the message, which may hold expected values.
"""

import copy
import html
import re

import nbformat
from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from course_utils.checks.cells import checks_in
from course_utils.checks.scores import Score
from course_utils.grading.plan import grade_id

HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS\n?", re.S)
MARK_SCHEME = re.compile(r"\n*=== BEGIN MARK SCHEME ===.*?=== END MARK SCHEME ===", re.S)
ATTACHMENT = re.compile(r"!\[[^\]]*\]\(attachment:[^)]*\)")
LINK = re.compile(r"(\][(:]\s*)(<[^>]*>|[^\s)]+)")  # after a text in brackets, there or below
PRIVATE = "(this check is not in your notebook)"


class Told:
    """A check as `checks.scores` shows it."""

    def __init__(self, about, hidden):
        self.__dict__.update(about)
        if hidden and not self.passed:
            self.message = PRIVATE


def graded(source, handed, outcome):
    """The graded notebook.

    source: the instructor's notebook. handed: an `intake.Handed`. outcome: a result as plain data.
    """
    notebook = copy.deepcopy(source)
    cells = [*_notes(handed, outcome), *_added(None, handed, outcome)]
    for cell in notebook.cells:
        name = grade_id(cell)
        _fill(cell, name, handed, outcome)
        cells += [cell, *_added(name, handed, outcome)]
    for number, cell in enumerate(cells):
        cell.setdefault("id", f"cell-{number}")
    notebook.cells = cells
    return notebook


def _fill(cell, name, handed, outcome):
    grading = cell.metadata.get("nbgrader", {})
    if cell.cell_type == "markdown":
        cell.source = MARK_SCHEME.sub("", cell.source)
        if grading.get("solution"):
            cell.source = clean(handed.written.get(name, ""))
        return
    cell.source = HIDDEN.sub("", cell.source)
    if grading.get("solution"):
        cell.source = handed.answers.get(name, "")
    cell.outputs = _outputs(outcome["outputs"].get(name))
    if name in outcome["checks"]:
        cell.outputs = [_table(cell, name, outcome["checks"][name])]


def _table(cell, name, checks):
    shown = {one for one, _ in checks_in(HIDDEN.sub("", cell.source))}
    told = [Told(check, check["name"] not in shown) for check in checks]
    score = Score(name, told, cell.metadata.nbgrader.points)
    score.visible = score.total  # all checks have been made
    data = {"text/plain": repr(score), "text/html": score._repr_html_()}
    return new_output("execute_result", data, execution_count=1)


def _outputs(shown):
    if not shown:
        return []
    outputs = []
    if shown["text"]:
        outputs.append(new_output("stream", name="stdout", text=shown["text"]))
    if shown["error"]:
        outputs.append(new_output("stream", name="stdout", text=shown["error"] + "\n"))
    return outputs + [new_output("display_data", {"image/png": one}) for one in shown["pictures"]]


def _added(above, handed, outcome):
    cells = []
    for number, (place, code) in enumerate(handed.added, 1):
        if place == above:
            name = f"{above or 'top'}-added-{number}"
            cell = new_code_cell(code, id=name[:64])
            cell.outputs = _outputs(outcome["outputs"].get(name))
            cells.append(cell)
    return cells


def _notes(handed, outcome):
    """A cell that says what was repaired and what ended early, where there is anything."""
    lost = [f"A process ended while it ran {one['cell']}: {one['reason']}."
            for one in outcome["lost"]]
    lines = [f"- {clean(line)}" for line in [*handed.repairs, *lost]]
    text = "\n".join(["**What happened to this notebook when it was graded**", "", *lines])
    return [new_markdown_cell(text, id="what-happened")] if lines else []


def clean(text):
    """Markdown of a student's without what a browser would execute, or what is not there."""
    text = ATTACHMENT.sub("(a picture that was pasted: it was not kept)", text)
    return SanitizeHTML().sanitize_html_tags(LINK.sub(_plain, text))


def _plain(link):
    """The link; without its target where that is neither a page nor a place in one."""
    target = html.unescape(html.unescape(link[2])).strip("<> ")
    harmless = re.match(r"https?:|mailto:|[^:]*([/?#].*)?$", target, re.I | re.S)
    return link[0] if harmless else f"{link[1]}#"


def write(notebook, path):
    """Write a notebook in one step, so that there is never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(nbformat.writes(notebook, version=4) + "\n", encoding="utf-8")
    part.replace(path)
