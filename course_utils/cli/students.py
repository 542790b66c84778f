"""The student's command: check."""


def add_commands(commands):
    """Add the subcommand to `commands`."""
    check = commands.add_parser("check", help="run a notebook's visible checks, as it stands")
    check.add_argument("notebook", help="a notebook of an exercise, with your work in it")
    check.add_argument("--json", action="store_true")
    check.set_defaults(run=_check)


def _check(options):
    import json

    from course_utils.checks.notebook import run

    report = run(options.notebook)
    print(json.dumps(report.as_dict(), indent=1) if options.json else report)
    return int(not report.finished)
