"""Submissions per minute of `course grade` against `nbgrader autograde`, on the same submissions.

    python benchmarks/grading.py [--count 40] [--json FILE]

Both grade the same notebooks of mixed quality, one after the other in one run, on all cores that
they use: nbgrader takes one. Prints, and writes to FILE, ratio_lightest and ratio_heaviest (the
exercises whose submissions compute least and most), scores_equal, and the seconds behind them. Of
one submission, on average: own_s is the student's computing, crossing_s the way of values between
the student's process and the judge, overhead_s all else.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from course_utils.exercises.source import read
from course_utils.exercises.through_nbgrader import Course, filled
from course_utils.grading import gradebook, jobs, runner

ROOT = Path(__file__).resolve().parent.parent


def mixed(exercise, count):
    """{student: notebook}: in turn all right, right in another way, one task wrong, half, blank."""
    tasks = list(exercise.tasks.values())
    right = {task.name: task.cell.code for task in tasks}
    notebooks = {}
    for number in range(count):
        task = tasks[number % len(tasks)]
        codes = [
            right,
            {**right, task.name: task.alternatives[number % len(task.alternatives)].code},
            {**right, task.name: task.wrong[number % len(task.wrong)].code},
            {one.name: one.cell.code for one in tasks[: len(tasks) // 2]},
            {},
        ][number % 5]
        notebooks[f"student-{number:03}"] = filled(exercise, codes)
    return notebooks


def timed(path, count, folder):
    """Seconds of both, whether the scores are equal, and the reference's own seconds."""
    exercise = read(path)
    course = Course(folder, ROOT)
    course.add(path)
    for student, notebook in mixed(exercise, count).items():
        course.submit(student, exercise.slug, notebook)
    began = time.perf_counter()
    runner.grade(gradebook.Course(course.folder), exercise.slug)
    ours = time.perf_counter() - began
    strong = course.scores(exercise.slug)
    began = time.perf_counter()
    course("autograde", exercise.slug, "--force")
    theirs = time.perf_counter() - began
    weak = course.scores(exercise.slug)
    outcomes = [jobs.result(gradebook.Course(course.folder).jobs(exercise.slug, student))
                for student in strong]
    own, crossing, total = (sum(outcome[name] for outcome in outcomes) / len(outcomes) for name in
                            ("student_seconds", "crossing_seconds", "seconds"))
    different = {student: [strong[student], weak[student]] for student in weak
                 if strong[student] != weak[student]}
    return {
        "exercise": exercise.slug, "submissions": count, "course_grade_s": round(ours, 1),
        "nbgrader_s": round(theirs, 1), "ratio": round(theirs / ours, 2),
        "own_s": round(own, 3), "crossing_s": round(crossing, 3),
        "overhead_s": round(total - own - crossing, 3), "different": different,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=40, help="submissions to each exercise")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = []
    for path in sorted((ROOT / "solutions").glob("*.py")):
        with tempfile.TemporaryDirectory() as folder:
            rows.append(timed(path, options.count, Path(folder)))
        print({key: value for key, value in rows[-1].items() if key != "different"}, flush=True)
    rows.sort(key=lambda row: row["own_s"])
    found = {
        "ratio_lightest": rows[0]["ratio"], "ratio_heaviest": rows[-1]["ratio"],
        "scores_equal": not any(row["different"] for row in rows), "exercises": rows,
    }
    print({key: found[key] for key in ("ratio_lightest", "ratio_heaviest", "scores_equal")})
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return int(not found["scores_equal"])


if __name__ == "__main__":
    sys.exit(main())
