"""The CPU seconds of each page against its budget.

Above `budget_s` of the front matter a line is printed; above twice it the build fails in CI.
Seconds are those of the page's kernel, remembered beside the execution cache for pages that come
from there.
"""

import json
import os
import re
from pathlib import Path

from sphinx.errors import ExtensionError
from sphinx.util import logging

logger = logging.getLogger(__name__)
EXECUTED = 1.0  # CPU seconds from which a page's kernel must have run: starting one costs more


def _children_seconds():
    try:
        import resource
    except ImportError:  # not on Windows
        return 0.0
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _store(app):
    return Path(app.outdir).parent / "cpu_seconds.json"


def start(app, docname, source):
    """Remember the budget and the clock when a page's reading begins."""
    if match := re.search(r"^budget_s: *([\d.]+)", source[0], re.M):
        app.env.temp_data["course_budget"] = float(match[1]), _children_seconds()


def stop(app, doctree):
    """Compare the kernel's seconds with the page's budget."""
    if "course_budget" not in app.env.temp_data:
        return
    budget, before = app.env.temp_data["course_budget"]
    page, store = app.env.docname, _store(app)
    known = json.loads(store.read_text()) if store.is_file() else {}
    if (seconds := _children_seconds() - before) > EXECUTED:
        known[page] = {"seconds": round(seconds, 1), "budget": budget}
        store.parent.mkdir(parents=True, exist_ok=True)
        store.write_text(json.dumps(known, indent=1))
    used = known.get(page, {}).get("seconds", 0)
    if used > budget:
        logger.info("\n%s: took %.0f CPU seconds, its budget is %.0f", page, used, budget)
    if used > 2 * budget and os.environ.get("CI"):
        raise ExtensionError(
            f"{page} took {used:.0f} CPU seconds, more than twice its budget of {budget:.0f}"
        )


def setup(app):
    app.connect("source-read", start, priority=900)
    app.connect("doctree-read", stop)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
