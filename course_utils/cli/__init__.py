"""The command `course`: for authors new, release, verify, claims; for students check; for
instructors collect, grade, feedback, report, export and roster.

Exit codes: 0 all is well, 1 something is not right with what was looked at, 2 wrong use.
"""

import argparse
import sys
from pathlib import Path

from course_utils.cli import authors, instructors, students

ROOT = Path(__file__).resolve().parent.parent.parent


def main(arguments=None):
    """Parse the command line and run one subcommand; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options) or 0
    except (ValueError, OSError, RuntimeError) as error:
        print(f"course {options.command}: {error}", file=sys.stderr)
        return 2


def _parser():
    parser = argparse.ArgumentParser(
        prog="course", description="Tools of the course, for authors, students and instructors.")
    parser.add_argument("--root", type=Path, default=ROOT, help="the course's folder")
    commands = parser.add_subparsers(dest="command", required=True)
    for group in (authors, students, instructors):
        group.add_commands(commands)
    return parser
