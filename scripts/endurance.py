"""`make endurance`: a course of 500 submissions whose grading is killed 20 times at random moments.

Afterwards every grade must be there, and be the right one; printed are also the seconds that a
submission took at first and at last.
"""

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
STRIKE = (4.0, 20.0)  # seconds after a start, between which it is killed


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


def killed_runs(folder, kills, seed=0, strike=STRIKE):
    """Grade, kill -9 the grader and its stations at random moments, and grade to the end."""
    draw = random.Random(seed)
    command = [sys.executable, "-m", "course_utils.cli", "--root", str(folder / "course"), "grade",
               SLUG, "--json"]
    for _ in range(kills):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
        try:
            process.wait(draw.uniform(*strike))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)[0], time.monotonic() - began


def paces(folder):
    """Mean seconds of a submission's session, in the first and in the last third."""
    files = sorted((folder / "course" / "jobs" / SLUG).glob("*/result.json"),
                   key=lambda path: path.stat().st_mtime)
    seconds = [json.loads(path.read_text())["seconds"] for path in files]
    third = max(1, len(seconds) // 3)
    return sum(seconds[:third]) / third, sum(seconds[-third:]) / third


def main(count=500, kills=20):
    say(f"{count} submissions, {kills} kills")
    nbgrader, right = course(FOLDER, int(count))
    summary, seconds = killed_runs(FOLDER, int(kills))
    found = {student: grades["softmax-test"] for student, grades in nbgrader.scores(SLUG).items()}
    wrong = {student for student in right if found.get(student) != right[student]}
    first, last = paces(FOLDER)
    print(f"grades that are missing or wrong: {sorted(wrong) or 'none'}")
    print(f"the last run: {summary['cached']} were graded, {summary['graded']} were left, "
          f"{seconds:.0f} s; a session took {first:.2f} s at first, {last:.2f} s at last")
    return int(bool(wrong))


if __name__ == "__main__":
    from environment import PYTHON

    if Path(sys.executable).absolute() == PYTHON:
        sys.exit(main(*sys.argv[1:]))
    ensure("lab", "grading")
    sys.exit(run(__file__, *sys.argv[1:], check=False))
