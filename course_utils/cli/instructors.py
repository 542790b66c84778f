"""The instructor's commands: collect, grade, feedback, report, export, roster."""

import json
import sys
from pathlib import Path


def add_commands(commands):
    """Add the subcommands to `commands`."""
    collect = commands.add_parser("collect", help="take submissions from a folder, zip or exchange")
    collect.add_argument("assignment")
    collect.add_argument("source", type=Path, metavar="from")
    collect.add_argument("--json", action="store_true")
    collect.set_defaults(run=_collect)

    grade = commands.add_parser("grade", help="grade what was collected, sandboxed")
    grade.add_argument("assignment", nargs="?", help="by default every one with submissions")
    grade.add_argument("--workers", type=int, help="side by side; by default one a core")
    grade.add_argument("--cluster", metavar="ADDRESS", help="of a Dask scheduler")
    grade.add_argument("--student", action="append", metavar="ID")
    grade.add_argument("--regrade", action="store_true", help="grade again what is graded")
    grade.add_argument("--check-twice", action="store_true", help="grade twice and compare")
    grade.add_argument("--rung", help="take this protection, and no other")
    grade.add_argument("--unsafe", action="store_true", help="grade without any protection")
    grade.add_argument("--json", action="store_true")
    grade.set_defaults(run=_grade)

    feedback = commands.add_parser("feedback", help="write feedback pages for the students")
    feedback.add_argument("assignment")
    feedback.add_argument("--student", action="append", metavar="ID")
    feedback.set_defaults(run=_feedback)


def _course(options):
    from course_utils.grading.gradebook import Course

    return Course(options.root)


def _collect(options):
    from course_utils.grading.collect import collect

    found = collect(_course(options), options.assignment, options.source)
    if options.json:
        print(json.dumps([{"student": one.student, "path": str(one.path), "when": str(one.when),
                           "notes": one.notes} for one in found], indent=1))
        return 0
    for one in found:
        for note in one.notes:
            print(f"{one.student}: {note}")
    taken = sum(one.path is not None for one in found)
    print(f"{taken} submissions of {options.assignment}, {len(found) - taken} without a notebook")
    return 0


def _grade(options):
    from course_utils.grading import runner

    course = _course(options)
    chosen = [options.assignment] if options.assignment else runner.assignments(course)
    summaries = []
    for slug in chosen:
        summaries.append(runner.grade(
            course, slug, options.student, options.workers, options.regrade, options.check_twice,
            _progress, cluster=options.cluster,
            rung=options.rung, unsafe=options.unsafe,
        ))
        if not options.json:
            print(summaries[-1], flush=True)
    if options.json:
        print(json.dumps([summary.as_dict() for summary in summaries], indent=1))
    return int(any(summary.failed or summary.different for summary in summaries))


def _progress(line):
    """A line on standard error that the next one replaces, where somebody is looking."""
    if sys.stderr.isatty():
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)


def _feedback(options):
    from course_utils.grading.feedback import write

    pages = write(_course(options), options.assignment, options.student)
    for page in pages:
        print(page.relative_to(options.root.resolve()))
