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

    report = commands.add_parser("report", help="which task was how hard, which check failed most")
    report.add_argument("assignment")
    report.add_argument("--to", type=Path, metavar="FOLDER", help="by default reports/")
    report.add_argument("--anonymous", action="store_true", help="pseudonyms for names")
    report.add_argument("--json", action="store_true")
    report.set_defaults(run=_report)

    export = commands.add_parser("export", help="write the grades for a spreadsheet or an LMS")
    export.add_argument("assignment", nargs="?", help="by default all of them")
    export.add_argument("--format", choices=["csv", "canvas", "moodle"], default="csv")
    export.add_argument("--to", type=Path, metavar="FILE")
    export.add_argument("--title", action="append", default=[], metavar="SLUG=TITLE",
                        help='of a column, such as "training-loop=Training loop (8123)"')
    export.set_defaults(run=_export)

    roster = commands.add_parser("roster", help="the students: import, pseudonyms, deletion")
    tasks = roster.add_subparsers(dest="task", required=True)
    for name, argument, what in (
        ("import", "file", "take students from a csv of your LMS"),
        ("anonymise", None, "give every student a pseudonym"),
        ("resolve", "pseudonym", "whose pseudonym it is"),
        ("forget", "student", "delete every trace of a student"),
    ):
        task = tasks.add_parser(name, help=what)
        if argument:
            task.add_argument("argument", metavar=argument)
        if name == "forget":
            task.add_argument("--yes", action="store_true", help="do not ask")
        task.set_defaults(run=_roster)


def _course(options):
    from course_utils.grading.gradebook import Course

    return Course(options.root)


def _collect(options):
    from course_utils.grading.collect import collect

    found = collect(_course(options), options.assignment, options.source)
    if options.json:
        print(json.dumps([one.as_dict() for one in found], indent=1))
        return 0
    for one in found:
        for note in one.notes:
            print(f"{one.student or 'as a whole'}: {note}")
    students = [one for one in found if one.student]
    taken = sum(one.path is not None for one in students)
    print(f"{taken} submissions of {options.assignment}, {len(students) - taken} not usable")
    return int(taken < len(students))


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


def _report(options):
    from course_utils.grading.report import report

    made = report(_course(options), options.assignment, options.anonymous)
    if options.json:
        print(json.dumps(made.as_dict(), indent=1))
        return
    for path in made.write(options.to or options.root / "reports"):
        print(path)


def _export(options):
    from course_utils.grading.export import export

    titles = dict(one.split("=", 1) for one in options.title)
    done = export(_course(options), options.format, options.assignment, options.to, titles)
    for note in done.notes:
        print(note, file=sys.stderr)
    print(f"{done.rows} rows: {done.path}")


def _roster(options):
    from course_utils.grading import roster

    course = _course(options)
    if options.task == "import":
        for what, students in roster.import_roster(course, options.argument).items():
            print(f"{what}: {len(students)}" + "".join(f"\n  {one}" for one in students
                                                      if what != "same"))
    elif options.task == "anonymise":
        print(f"{len(roster.anonymise(course))} students have pseudonyms: roster/pseudonyms.csv")
    elif options.task == "resolve":
        print(roster.resolve(course, options.argument))
    else:
        _forget(course, options)


def _forget(course, options):
    from course_utils.grading.forget import forget

    if not options.yes:
        print(f"This deletes all that the course holds of {options.argument}.")
        if input("Type the id again to go on: ").strip() != options.argument:
            raise ValueError("nothing was deleted")
    print("\n".join(forget(course, options.argument)))
