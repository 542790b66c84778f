"""`make endurance`: a course of 500 submissions whose grading is killed 20 times at random moments.

Afterwards every grade must be there, and be the right one. Then all are graded again in one run, of
which is printed, for its first and its last third, what a submission costs and how much memory the
grader, its stations and their judges hold.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from environment import ROOT, ensure, run, say

FOLDER = ROOT / "_build" / "endurance"
SLUG = "my-topic"
STRIKE = (2.5, 7.5)  # seconds after a start, between which it is killed; it is warm after about 4


def course(folder, count):
    """A course with `count` submissions of mixed quality; {student: points that are right}."""
    from course_utils.exercises.skeleton import create
    from course_utils.exercises.through_nbgrader import Course, filled

    shutil.rmtree(folder, ignore_errors=True)
    for name in ("tree/book", "tree/exercises", "tree/solutions"):
        (folder / name).mkdir(parents=True)
    shutil.copy(ROOT / "_toc.yml", folder / "tree")
    create(folder / "tree", SLUG, after="training-loop")
    nbgrader = Course(folder / "course", ROOT)
    exercise = nbgrader.add(folder / "tree" / "solutions" / f"{SLUG}.py")
    task = exercise.tasks["softmax"]
    answers = [(task.cell.code, 4), (task.wrong[0].code, 2), (task.alternatives[0].code, 4),
               ("", 0)]
    right = {}
    for number in range(count):
        code, points = answers[number % len(answers)]
        right[f"s{number:03}"] = points
        nbgrader.submit(f"s{number:03}", SLUG, filled(exercise, {"softmax": code}))
    return nbgrader, right


def command(folder):
    """The command line that grades the course in `folder`."""
    return [sys.executable, "-m", "course_utils.cli", "--root", str(folder / "course"), "grade",
            SLUG, "--json"]


def killed_runs(folder, kills, seed=0, strike=STRIKE):
    """Grade, kill -9 the grader and its stations at random moments, and grade to the end."""
    draw = random.Random(seed)
    for _ in range(kills):
        process = subprocess.Popen(
            command(folder), stdout=subprocess.DEVNULL, start_new_session=True)
        try:
            process.wait(draw.uniform(*strike))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    done = subprocess.run(command(folder), capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)[0]


def memory(grader):
    """Megabytes of the grader, of its largest station and of the largest process below one."""
    import psutil

    def largest(processes):
        sizes = [0]
        for process in processes:
            with contextlib.suppress(psutil.Error):
                sizes.append(process.memory_info().rss >> 20)
        return max(sizes)

    found = psutil.Process(grader)
    stations = found.children()
    below = [child for station in stations for child in station.children()]
    return largest([found]), largest(stations), largest(below)


def watched_run(folder):
    """Grade all again in one run; [(seconds, graded, *memory)], four times a second."""
    import psutil

    process = subprocess.Popen([*command(folder), "--regrade"], stdout=subprocess.DEVNULL)
    began, samples = time.time(), []
    while process.poll() is None:
        time.sleep(0.25)
        results = (folder / "course" / "jobs" / SLUG).glob("*/result.json")
        graded = sum(path.stat().st_mtime > began for path in results)
        with contextlib.suppress(psutil.Error):
            samples.append((time.time() - began, graded, *memory(process.pid)))
    return samples


def thirds(samples):
    """(seconds a submission, *mean memory) in the first and the last third of the submissions."""
    working = [one for one in samples if 0 < one[1] < samples[-1][1]]
    third = len(working) // 3
    told = []
    for part in (working[:third], working[-third:]):
        first, last = part[0], part[-1]
        means = [round(sum(column) / len(part)) for column in zip(*part, strict=True)][2:]
        told.append((round((last[0] - first[0]) / (last[1] - first[1]), 3), *means))
    return told


def main(count=500, kills=20):
    say(f"{count} submissions, {kills} kills")
    nbgrader, right = course(FOLDER, int(count))
    summary = killed_runs(FOLDER, int(kills))
    say(f"after the kills {summary['cached']} were graded, {summary['graded']} were left")
    wrong = not_right(nbgrader, right)
    print(f"grades that are missing or wrong: {wrong or 'none'}", flush=True)
    for name, (seconds, *sizes) in zip(
            ("first", "last"), thirds(watched_run(FOLDER)), strict=True):
        print(f"{name} third: {seconds} s a submission; memory in MB: grader {sizes[0]}, "
              f"station {sizes[1]}, judge or nursery {sizes[2]}")
    again = not_right(nbgrader, right)
    print(f"after grading all again, missing or wrong: {again or 'none'}")
    return int(bool(wrong or again))


def not_right(nbgrader, right):
    """The students whose points in the gradebook are not the right ones."""
    found = {student: grades["softmax-test"] for student, grades in nbgrader.scores(SLUG).items()}
    return sorted(student for student in right if found.get(student) != right[student])


if __name__ == "__main__":
    from environment import PYTHON

    if Path(sys.executable).absolute() == PYTHON:
        sys.exit(main(*sys.argv[1:]))
    ensure("lab", "grading")
    sys.exit(run(__file__, *sys.argv[1:], check=False))
