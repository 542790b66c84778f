"""The CPU seconds of each page against its budget.

Above `budget_s` of the front matter a line is printed; above twice it the build fails in CI.
The seconds are those of the page's kernel; those of pages from the execution cache are remembered
beside it, in `_build/cpu_seconds.json`.
"""

import json
import os
from pathlib import Path

from freshness import front_matter
from notes import PageNotes
from sphinx.util import logging

logger = logging.getLogger(__name__)
STARTED = 0.1  # seconds; a kernel that was started takes more, without one there are none
SECONDS = PageNotes("seconds")  # page -> CPU seconds of its kernel, for pages that ran


def _children_seconds():
    """CPU seconds of all finished child processes."""
    try:
        import resource
    except ImportError:  # on Windows there is no such account
        return 0.0
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def start(app, docname, source):
    """Remember the clock, and the page's budget, when its reading begins."""
    if budget := front_matter(source[0]).get("budget_s"):
        app.env.temp_data["course_budget"] = float(budget), _children_seconds()


def stop(app, doctree):
    """Remember the budget and the kernel's seconds when the page has been read."""
    if "course_budget" in app.env.temp_data:
        budget, before = app.env.temp_data["course_budget"]
        SECONDS.of(app.env)[app.env.docname] = budget, _children_seconds() - before


def compare(app, env):
    """Tell which of the pages that were read took more than their budget."""
    store = Path(app.outdir).parent / "cpu_seconds.json"
    known = json.loads(store.read_text(encoding="utf-8")) if store.is_file() else {}
    for page, (budget, seconds) in SECONDS.of(env).items():
        if seconds > STARTED:
            known[page] = round(seconds, 1)
        _judge(page, known.get(page, 0), budget)
    known = {page: seconds for page, seconds in known.items() if page in env.found_docs}
    store.write_text(json.dumps(known, indent=1), encoding="utf-8")


def _judge(page, seconds, budget):
    if seconds > 2 * budget and os.environ.get("CI"):
        logger.warning("took %.0f CPU seconds, more than twice its budget of %.0f", seconds, budget,
                       location=page, type="course", subtype="budget")
    elif seconds > budget:
        logger.info("%s: took %.0f CPU seconds, its budget is %.0f", page, seconds, budget)


def setup(app):
    SECONDS.connect(app)
    app.connect("source-read", start)
    app.connect("doctree-read", stop)
    app.connect("env-updated", compare)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
