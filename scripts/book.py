"""`make book`: build the whole book from executed chapters; warnings are errors."""

import sys

from environment import ROOT, ensure, run, say

BUILD = ("-c", "from jupyter_book.cli.main import main; main()", "build")
INDEX = ROOT / "_build" / "html" / "index.html"


def build(*flags):
    """Build the book into _build/html; return the exit status."""
    ensure("book", "grading")  # grading, so that `course new` and `course release` work
    return run(*BUILD, str(ROOT), "-W", "-n", "--keep-going", *flags, check=False)


def take(script, extra, *arguments):
    """Build the book, let `script` make copies of it to take along, and link them to its pages."""
    ensure(extra)
    return (build() or run(script, *arguments, check=False)
            or build())


if __name__ == "__main__":
    status = build(*sys.argv[1:])
    if status:
        say("The book has errors: see above, each with the name of its chapter.")
        sys.exit(1)
    say(f"The book: {INDEX.relative_to(ROOT)}")
