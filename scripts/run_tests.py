"""`make test`: build the book strictly, then run every check. Extra arguments go to pytest."""

import sys

import browser
from environment import ensure, run, say

EXTRAS = ("lab", "book", "grading", "cluster", "postgresql", "tests")

if __name__ == "__main__":
    ensure(*EXTRAS)
    browser.ensure()
    run("-m", "ruff", "check", ".")
    run("-m", "codespell_lib", ".")
    status = run("-m", "pytest", *sys.argv[1:], check=False)
    say("Every check passed." if status == 0 else "Checks failed: see above.")
    sys.exit(status)
