"""The proof that an exercise's tests are right: `course verify`.

The reference gets all points and the blank release none; each wrong answer loses exactly the
checks that it names, with the promised words; each alternative answer keeps everything.
"""

import os
import time
from dataclasses import asdict, dataclass, field

from course_utils.checks.cells import checks_in
from course_utils.exercises.build import notebooks
from course_utils.exercises.judged import run_all
from course_utils.exercises.live import blank_cells, run_answers, run_reference
from course_utils.exercises.source import read

WRONG, ALTERNATIVES, HINTS = 5, 2, 3  # the bar of every graded task
SECONDS = 60  # of the reference, on two cores


@dataclass
class Row:
    """One task of the report."""

    task: str
    points: int
    wrong: int
    killed: int
    alternatives: int
    accepted: int
    seconds: float


@dataclass
class Report:
    """What `course verify` found: rows, the table of kills, and what is below the bar."""

    slug: str
    rows: list[Row] = field(default_factory=list)
    kills: list[dict] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def as_dict(self):
        """Plain data, for --json."""
        return asdict(self)

    def __str__(self):
        head = ("task", "points", "wrong", "killed", "alternatives", "accepted", "seconds")
        rows = [head] + [
            (r.task, r.points, r.wrong, r.killed, r.alternatives, r.accepted, f"{r.seconds:.1f}")
            for r in self.rows
        ]
        widths = [max(len(str(row[i])) for row in rows) for i in range(len(head))]
        lines = [
            "  ".join(
                str(cell).ljust(width) if i == 0 else str(cell).rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in rows
        ]
        verdict = "all is right" if not self.problems else f"{len(self.problems)} below the bar:"
        title = f"{self.slug} ({self.seconds:.0f} s): {verdict}"
        return "\n".join([*lines, title, *(f"  - {problem}" for problem in self.problems)])


def verify(path, bench=None, preset="tiny"):
    """Run every answer of the exercise at `path` and report.

    bench: a `judged.Bench`: answers run as a grader runs them. Without one they run on live
    objects in this process's forks, at the size `preset` (COURSE_PRESET).
    """
    exercise = read(path)
    notebooks(path)  # the contract, before anything runs
    report = Report(exercise.slug)
    began = time.perf_counter()
    blanks = blank_cells(exercise)
    references, answers = (
        run_all(exercise, blanks, bench) if bench else _run_live(exercise, blanks, preset))
    for name, task in exercise.tasks.items():
        _judge(task, references[name], answers[name], report)
    report.seconds = time.perf_counter() - began
    return report


def _run_live(exercise, blanks, preset):
    """References and answers by task, on live objects; one thread, as answers run two at a time."""
    import torch

    before, threads = os.environ.get("COURSE_PRESET"), torch.get_num_threads()
    os.environ["COURSE_PRESET"] = preset
    torch.set_num_threads(1)
    answers = {}

    def before_task(name, session):
        task = exercise.tasks[name]
        codes = [blanks[name], *(cell.code for cell in task.wrong + task.alternatives)]
        answers[name] = run_answers(exercise, name, codes, session)

    try:
        return run_reference(exercise, before_task), answers
    finally:
        torch.set_num_threads(threads)
        os.environ.pop("COURSE_PRESET")
        if before is not None:
            os.environ["COURSE_PRESET"] = before


def _judge(task, reference, outcomes, report):
    blank, answers = outcomes[0], outcomes[1:]
    wrong, alternatives = answers[: len(task.wrong)], answers[len(task.wrong) :]
    say = report.problems.append
    if reference.error or reference.failed:
        declare = "; where the check itself changes it, declare that by c.inplace(...)"
        say(f"{task.name}: the reference loses points: {reference.error or reference.told}"
            + declare * ("changed its input" in reference.told))
    if reference.seconds > SECONDS:
        say(f"{task.name}: the reference's test takes {reference.seconds:.0f} s, not {SECONDS}")
    if blank.error or blank.reached:
        say(f"{task.name}: the blank release gets {blank.reached:g} points; {blank.error}")
    killed = accepted = 0
    for cell, outcome in zip(task.wrong, wrong, strict=True):
        problems = wrong_problems(task, cell, outcome)
        killed += not problems
        report.problems += problems
    for cell, outcome in zip(task.alternatives, alternatives, strict=True):
        right = not outcome.error and not outcome.failed
        accepted += right
        if not right:
            say(f"{task.name}, alternative {cell.label}: loses {sorted(outcome.failed)}: "
                f"{outcome.error or outcome.told}")
    report.problems += below_the_bar(task)
    report.kills += [kill(task, cell, o) for cell, o in zip(task.wrong, wrong, strict=True)]
    seconds = sum(outcome.seconds for outcome in (reference, *outcomes))
    report.rows.append(Row(task.name, task.test.points, len(wrong), killed, len(alternatives),
                           accepted, round(seconds, 1)))


def wrong_problems(task, cell, outcome):
    """What is not as promised of one wrong answer: nothing when it is killed as named."""
    title = f"{task.name}, wrong answer {cell.label}"
    named = {name.strip() for name in cell.settings["kills"].split(",")}
    known = {name for name, _ in checks_in(task.test.body)}
    if unknown := named - known:
        return [f"{title}: names checks that do not exist: {sorted(unknown)}; there are "
                f"{sorted(known)}"]
    if outcome.error:
        return [f"{title}: stops the test cell: {outcome.error}"]
    if outcome.failed != named:
        return [f"{title}: loses {sorted(outcome.failed)}, named are {sorted(named)}: "
                f"{outcome.told}"]
    missing = [word for word in cell.settings["says"].split("|")
               if word.strip().lower() not in outcome.told.lower()]
    return [f"{title}: the student does not read {missing}, but: {outcome.told}"] if missing else []


def below_the_bar(task):
    """What a task lacks in number."""
    counts = (
        ("wrong answers", len(task.wrong), WRONG),
        ("alternative answers", len(task.alternatives), ALTERNATIVES),
        ("hints", len(task.hints), HINTS),
    )
    return [
        f"{task.name}: has {n} {what}, the bar is {bar}" for what, n, bar in counts
        if n < bar or (what == "hints" and n != bar)
    ]


def kill(task, cell, outcome):
    """One row of the table of kills: the wrong answer, what it believes, what it loses."""
    return {
        "task": task.name, "wrong": cell.label, "misconception": " ".join(cell.comment.split()),
        "checks": sorted(outcome.failed), "reached": outcome.reached,
        "points": task.test.points,
    }
