"""Run an exercise's answers as a grader would: in the sandbox, with the tests in a judge."""

import queue
import tempfile
import threading
from pathlib import Path

import nbformat

from course_utils.checks.messages import with_hint
from course_utils.exercises.build import instructor_notebook
from course_utils.exercises.live import Outcome
from course_utils.grading import jobs
from course_utils.grading.plan import only, steps
from course_utils.grading.station import Station, StationLost


class Bench:
    """Stations side by side that grade single answers; use it in a `with` statement."""

    def __init__(self, size=2, preset="tiny", **options):
        self.stations = [Station(preset=preset, **options) for _ in range(size)]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for station in self.stations:
            station.close()

    def outcomes(self, exercise, wanted):
        """Outcomes, in order, of `wanted`: (task, {task: code}), what is tested and with what."""
        source = nbformat.from_dict(instructor_notebook(exercise))
        with tempfile.TemporaryDirectory() as folder:
            todo, found = queue.Queue(), [None] * len(wanted)
            for number, (task, answers) in enumerate(wanted):
                test = f"{task}-test"
                job = jobs.write(Path(folder, str(number)), only(steps(source, answers), test),
                                 name=exercise.slug)
                todo.put((number, job, test))
            threads = [threading.Thread(target=self._work, args=(station, todo, found))
                       for station in self.stations]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        return found

    def _work(self, station, todo, found):
        while True:
            try:
                number, job, test = todo.get_nowait()
            except queue.Empty:
                return
            try:
                error = jobs.error(job) if station.grade(job) else ""
            except StationLost as lost:
                error = str(lost)
            found[number] = outcome(jobs.result(job), test, error)


def outcome(result, test, error):
    """One answer's Outcome from the result of its job."""
    if error or result is None:
        return Outcome([], error=error or "it was not graded")
    checks = [(one["name"], one["points"], one["passed"], with_hint(one["message"], one["hint"]))
              for one in result["checks"][test]]
    return Outcome(checks, result["seconds"])


def run_all(exercise, blanks, bench):
    """({task: reference's Outcome}, {task: Outcomes of blank, wrong and alternative answers})."""
    reference = {task.name: task.cell.code for task in exercise.tasks.values()}
    wanted = [(task, reference) for task in exercise.tasks]
    for name, task in exercise.tasks.items():
        codes = [blanks[name], *(cell.code for cell in task.wrong + task.alternatives)]
        wanted += [(name, {**reference, name: code}) for code in codes]
    found = iter(bench.outcomes(exercise, wanted))
    references = {task: next(found) for task in exercise.tasks}
    answers = {
        name: [next(found) for _ in range(1 + len(task.wrong) + len(task.alternatives))]
        for name, task in exercise.tasks.items()
    }
    return references, answers
