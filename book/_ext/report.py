"""What is wrong with the book, told once more at the end and not forgotten by the next build.

Every mistake is a Sphinx warning, so that strict builds (`-W --keep-going`) end with status 1.
Sphinx warns about a page only when it reads the page, so a second build would pass: here a page
that had a warning is read again by each build until it has none. The list also goes to
`_build/problems.json`, for programs.
"""

import json
import logging as standard_logging
import re
from pathlib import Path

from docutils import nodes
from sphinx.util import logging

logger = logging.getLogger(__name__)
ANSI = re.compile(r"\x1b\[[\d;]*m")
PLACE = re.compile(r"(.+?)(?::(\d*))?")


class Recorder(standard_logging.Handler):
    """Collects the warnings of a build: dicts with page, line, kind and reason."""

    def __init__(self, app):
        super().__init__(standard_logging.WARNING)
        self.app = app
        self.problems = []

    def emit(self, record):
        kind, subkind = getattr(record, "type", None) or "", getattr(record, "subtype", None) or ""
        if logging.is_suppressed_warning(kind, subkind, self.app.config.suppress_warnings):
            return
        page, line = self._place(getattr(record, "location", None))
        reason = ANSI.sub("", record.getMessage()).strip()
        kind = f"{kind}.{subkind}".strip(".")
        problem = {"page": page, "line": line, "kind": kind, "reason": reason}
        if problem not in self.problems:  # Sphinx replays buffered warnings
            self.problems.append(problem)

    def _place(self, location):
        """The page and line of a warning, as far as they are known."""
        if isinstance(location, nodes.Node):
            location = logging.get_node_location(location)
        if isinstance(location, tuple):
            return location[0] or "", location[1]
        path, line = PLACE.fullmatch(str(location or " ")).groups()
        found_docs = self.app.env.found_docs if self.app.env else ()
        page = path if path in found_docs else self._page(path)
        return page, int(line) if line else None

    def _page(self, path):
        is_file = self.app.env and Path(path).is_absolute()
        return (self.app.env.path2doc(path) if is_file else None) or ""


def _file(app):
    return Path(app.outdir).parent / "problems.json"


def start(app):
    app.course_recorder = Recorder(app)
    standard_logging.getLogger(logging.NAMESPACE).addHandler(app.course_recorder)


def pages_with_problems(app, env, added, changed, removed):
    """The pages that the last build warned about; all pages, where it did not say which."""
    try:
        last = json.loads(_file(app).read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return []
    pages = {problem["page"] for problem in last}
    return env.found_docs if "" in pages else pages & env.found_docs


def finish(app, error):
    """Write the list and tell it, shortest first thing last: the reader sees the end."""
    recorder = app.course_recorder
    standard_logging.getLogger(logging.NAMESPACE).removeHandler(recorder)
    if error:
        recorder.problems.append({"page": "", "line": None, "kind": "", "reason": str(error)})
    _file(app).write_text(json.dumps(recorder.problems, indent=1), encoding="utf-8")
    if recorder.problems:
        told = "\n".join(f"  {sentence(problem)}" for problem in recorder.problems)
        logger.info("\nWhat is not right:\n%s", told)


def sentence(problem):
    """One problem in one line: page, line, reason."""
    line = f", line {problem['line']}" if problem["line"] else ""
    place = f"{problem['page'] or 'the book'}{line}"
    return f"{place}: {' '.join(problem['reason'].split())}"


def setup(app):
    app.connect("builder-inited", start)
    app.connect("env-get-outdated", pages_with_problems)
    app.connect("build-finished", finish, priority=990)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
