"""`make check SLUG=...`: everything about one chapter and its exercise, for who writes one."""

import sys
import time

import browser
from environment import ROOT, ensure, run, say
from run_tests import EXTRAS

USAGE = "Which chapter? For example: make check SLUG=training-loop"


NEEDS = {"verify": "release", "notebooks": "verify", "page": "book"}  # what fails with what


def steps(slug):
    """What is checked, the quick first: {title: arguments for Python}."""
    pytest, found = ["-m", "pytest", "-q"], {}
    has_exercise = (ROOT / "solutions" / f"{slug}.py").is_file()
    if has_exercise:
        found["release"] = ["-m", "course_utils.cli", "release", slug]
    if (ROOT / "book" / f"{slug}.md").is_file():
        found["text"] = [*pytest, "tests/test_chapters.py", "-k", slug]
        found["book"] = ["scripts/book.py"]
        found["page"] = [*pytest, "tests/test_book.py", "tests/test_pages.py", "-k", slug]
    if has_exercise:
        found["verify"] = ["-m", "course_utils.cli", "verify", slug]
        found["notebooks"] = [*pytest, "tests/test_exercises.py", "tests/test_notebooks.py", "-k",
                              f"{slug} and not deserves"]
    return found


def check(slug):
    """Run the steps, but those that need one that failed; return the names of those that failed."""
    failed = []
    for name, command in steps(slug).items():
        if NEEDS.get(name) in failed:
            say(f"\n{slug}: {name} is left out until {NEEDS[name]} is right")
            failed.append(name)
            continue
        about = " (through nbgrader and nbval, about a minute)" if name == "notebooks" else ""
        say(f"\n{slug}: {name}{about}")
        began = time.monotonic()
        if run(*command, check=False):
            failed.append(name)
        print(f"{time.monotonic() - began:.0f} s")
    return failed


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(USAGE)
    slug = sys.argv[1]
    if not steps(slug):
        sys.exit(f"Neither book/{slug}.md nor solutions/{slug}.py is there. {USAGE}")
    ensure(*EXTRAS)
    browser.ensure()
    failed = check(slug)
    say(f"\n{slug}: " + (f"not right yet: {', '.join(failed)}" if failed else "all is right"))
    sys.exit(bool(failed))
