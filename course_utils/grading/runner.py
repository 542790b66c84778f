"""Grade all submissions of an assignment: intake, stations side by side, one writer."""

import hashlib
import json
import os
import queue
import threading
import time
from dataclasses import asdict, dataclass, field

import nbformat
from nbgrader.utils import parse_utc

import course_utils
from course_utils.grading import intake, jobs
from course_utils.grading.collect import notes
from course_utils.grading.gradebook import Writer
from course_utils.grading.plan import steps
from course_utils.grading.roster import checked_id
from course_utils.grading.station import Station, StationLost

TRIES = 3  # of a job whose station failed, or whose machine was overloaded


@dataclass
class Summary:
    """What a run did: counts, and by student what went wrong or was repaired.

    different: by student the tests that `twice` graded differently. protection: see sandbox.
    """

    assignment: str
    graded: int = 0
    cached: int = 0
    failed: dict = field(default_factory=dict)
    repaired: dict = field(default_factory=dict)
    different: dict = field(default_factory=dict)
    protection: dict = field(default_factory=dict)
    seconds: float = 0.0

    def as_dict(self):
        """Plain data, for --json."""
        return asdict(self)

    def __str__(self):
        lines = [f"{self.assignment}: {self.graded} graded, {self.cached} were already, "
                 f"{len(self.failed)} failed; {self.seconds:.0f} s"]
        if self.protection:
            lines.append(f"  protected by {self.protection['rung']}; not protected: "
                         + "; ".join(self.protection["lacks"] or ["nothing that was looked for"]))
        for student, repairs in self.repaired.items():
            lines += [f"  {student}: {repair}" for repair in repairs]
        for student, error in self.failed.items():
            lines.append(f"  {student} could NOT be graded: {error}")
        for student, tests in self.different.items():
            lines.append(f"  {student}: two runs differ in {', '.join(tests)}")
        return "\n".join(lines)


def grade(course, slug, students=None, workers=None, regrade=False, twice=False,
          say=lambda line: None, cluster=None, **station):
    """Grade the submissions of an assignment; returns a Summary.

    students: those to grade, by default all. workers: stations side by side, by default one a
    core. cluster: the address of a Dask scheduler, whose workers then grade. regrade: grade again
    what is graded already. twice: grade twice and report differences (not on a cluster).
    say: called with lines of progress. station: options of `Station`.
    """
    began = time.monotonic()
    source = nbformat.read(course.source(slug), as_version=4)
    summary = Summary(slug)
    with Writer(course, slug) as writer:
        waiting = []
        for student, paths, when in submissions(course, slug, students):
            try:
                checked_id(student)
            except ValueError as error:
                summary.failed[intake.cut(ascii(student), 200)] = str(error)
                continue
            job = prepared(course, slug, student, paths, source)
            if regrade:
                (job / "result.json").unlink(missing_ok=True)
            if jobs.result(job) is None:
                waiting.append((student, job, when))
            elif save(writer, student, job, when, source, summary):
                summary.cached += 1
        if cluster:
            from course_utils.grading.cluster import ClusterPool

            pool = ClusterPool(cluster, station)
        else:
            pool = Pool(min(workers or os.cpu_count(), max(1, len(waiting))), station)
        for student, job, when, error in pool.run(waiting, twice, summary, say):
            if error:
                summary.failed[student] = error
            elif save(writer, student, job, when, source, summary):
                summary.graded += 1
    summary.seconds = round(time.monotonic() - began, 1)
    return summary


def assignments(course):
    """The assignments of which something was handed in."""
    root = course.folder("submitted", ".", "x").parent
    found = {folder.name for folder in root.glob("*/*") if folder.is_dir()}
    return sorted(slug for slug in found if (course.folder("source", ".", slug)).is_dir())


def submissions(course, slug, students=None):
    """(student, paths of notebooks, time or None) of what was handed in; the last path counts."""
    root = course.folder("submitted", ".", slug).parent
    for folder in sorted(root.glob(f"*/{slug}")):
        student = folder.parent.name
        if students and student not in students:
            continue
        notebooks = sorted(folder.glob("*.ipynb"))
        named = [one for one in notebooks if one.stem == slug]
        others = [one for one in notebooks if one not in named]
        yield student, [*others, *named], handed_in(folder)


def handed_in(folder):
    """When a submission was handed in, or None where its timestamp is none."""
    stamp = folder / "timestamp.txt"
    if stamp.is_symlink() or not stamp.is_file() or stamp.stat().st_size > 100:
        return None
    try:
        return parse_utc(stamp.read_text(encoding="utf-8").strip())
    except Exception:  # whatever a text does to the reader of dates
        return None


def prepared(course, slug, student, paths, source):
    """The job folder of a submission; its old result stays if nothing has changed."""
    try:
        if not paths:
            raise intake.Unreadable("no notebook was handed in")
        handed, reason = intake.read(paths[-1], source), ""
    except Exception as error:  # whatever one file does to the reader, the others are graded
        reason = (str(error) if isinstance(error, intake.Unreadable)
                  else f"reading it failed ({type(error).__name__})")
        handed = intake.Handed(repairs=[f"Nothing could be graded: {reason}."])
    handed.repairs[:0] = notes(course, slug, student)
    if len(paths) > 1 or (paths and paths[0].stem != slug):
        handed.tell(f"{len(paths)} notebooks were handed in; {intake.cut(paths[-1].name, 200)} "
                    "was graded.")
    about = {"name": slug, "student": student, "secret": course.secret(), **asdict(handed)}
    planned = steps(source, handed.answers, handed.added)
    known = json.dumps([about, [asdict(one) for one in planned], course_utils.__version__])
    key = hashlib.sha256(known.encode()).hexdigest()
    folder = course.jobs(slug, student)
    if not (folder / jobs.FILE).is_file() or jobs.read(folder).get("key") != key:
        (folder / "result.json").unlink(missing_ok=True)
        jobs.write(folder, planned, key=key, **about)
    if reason and jobs.result(folder) is None:
        jobs.write_result(folder, nothing(source, reason))
    return folder


def nothing(source, reason):
    """The outcome of a submission of which nothing can be graded."""
    from course_utils.grading.session import Outcome

    outcome = Outcome()
    for step in steps(source, {}):
        if step.role == "test":
            outcome.checks[step.id] = [
                {"name": name, "points": points, "passed": False, "message": reason, "hint": "",
                 "notes": []} for name, points in step.checks]
    return outcome.as_dict()


def save(writer, student, job, when, source, summary):
    """Put a job's result into the gradebook; whether that could be done."""
    about = jobs.read(job)
    handed = intake.Handed(
        about["answers"], [tuple(one) for one in about["added"]], about["written"],
        about["repairs"])
    if handed.repairs:
        summary.repaired[student] = handed.repairs
    try:
        writer.save(student, when, source, handed, jobs.result(job))
    except Exception as error:  # one submission must not stop the others
        writer.book.db.rollback()
        summary.failed[student] = f"its result cannot be written: {intake.cut(error, 500)}"
        return False
    return True


class Pool:
    """Stations side by side, each with a thread that feeds it."""

    def __init__(self, size, options):
        self.size, self.options = size, options
        self.todo, self.done = queue.Queue(), queue.Queue()

    def run(self, waiting, twice, summary, say):
        """Grade jobs; yields (student, job, time, error) as they are done."""
        if not waiting:
            return
        for entry in waiting:
            self.todo.put(entry)
        threads = [threading.Thread(target=self._feed, args=(twice, summary), daemon=True)
                   for _ in range(self.size)]
        for thread in threads:
            thread.start()
        began = time.monotonic()
        for number in range(1, len(waiting) + 1):
            yield self.done.get()
            left = (time.monotonic() - began) / number * (len(waiting) - number)
            say(f"{number} of {len(waiting)}, about {left / 60:.0f} min left")
        for thread in threads:
            thread.join()

    def _feed(self, twice, summary):
        station = None
        while True:
            try:
                student, job, when = self.todo.get_nowait()
            except queue.Empty:
                break
            error = "it was not graded"
            for _ in range(TRIES):
                try:
                    station = station or Station(**self.options)
                    summary.protection = station.protection()
                    error = self._graded(station, job, twice, student, summary)
                    if not error:
                        break
                except StationLost as lost:
                    station.close()
                    station, error = None, str(lost)
            self.done.put((student, job, when, error))
        if station:
            station.close()

    def _graded(self, station, job, twice, student, summary):
        """Grade one job; an error in words, or none."""
        if station.grade(job):
            return jobs.error(job)
        if twice:
            again = jobs.copy(job, job / "again")
            if station.grade(again):
                return f"the second time: {jobs.error(again)}"
            first, second = (jobs.result(one)["checks"] for one in (job, again))
            if first != second:
                summary.different[student] = [
                    test for test in first if first[test] != second.get(test)]
        return ""
