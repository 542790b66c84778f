"""`make check SLUG=...`: everything about one chapter and its exercise, for who writes one."""

import sys
import time

import browser
from environment import ROOT, ensure, run, say
from run_tests import EXTRAS

USAGE = "Which chapter? For example: make check SLUG=training-loop"


def steps(slug):
    """What is checked, in order: a title and the arguments for Python."""
    if (ROOT / "solutions" / f"{slug}.py").is_file():
        yield "release", ["-m", "course_utils.cli", "release", slug]
        yield "verify", ["-m", "course_utils.cli", "verify", slug]
        yield "notebooks", ["-m", "pytest", "-q", "tests/test_exercises.py",
                            "tests/test_notebooks.py", "-k", slug]
    if (ROOT / "book" / f"{slug}.md").is_file():
        yield "text", ["-m", "pytest", "-q", "tests/test_chapters.py", "-k", slug]
        yield "book", ["scripts/book.py"]
        yield "page", ["-m", "pytest", "-q", "tests/test_book.py", "tests/test_pages.py",
                       "-k", slug]


def check(slug):
    """Run the steps; return the names of those that failed."""
    failed = []
    for name, command in steps(slug):
        say(f"\n{slug}: {name}")
        began = time.monotonic()
        if run(*command, check=False):
            failed.append(name)
        print(f"{time.monotonic() - began:.0f} s")
    return failed


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(USAGE)
    slug = sys.argv[1]
    if not list(steps(slug)):
        sys.exit(f"Neither book/{slug}.md nor solutions/{slug}.py is there. {USAGE}")
    ensure(*EXTRAS)
    browser.ensure()
    failed = check(slug)
    say(f"\n{slug}: " + (f"not right yet: {', '.join(failed)}" if failed else "all is right"))
    sys.exit(bool(failed))
