"""Where a page's numbers come from: when they were made, on what, from which commit.

The execution cache knows when the cells of a page ran; what they ran on is written down by the
build that ran them, in `_build/made.json`, and told for as long as these runs are shown.
"""

import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

PACKAGES = {"torch": "torch", "numpy": "numpy", "course_utils": "course-utils"}


def here():
    """This machine's class, the versions and the commit, a dict."""
    from course_utils.results import commit

    system = {"Darwin": "macOS"}.get(platform.system(), platform.system())
    processor = platform.machine().replace("_", "-")
    return {
        "machine": f"{os.cpu_count()} cores {processor}, {system}", "commit": commit(),
        "versions": {"Python": platform.python_version(),
                     **{name: version(package) for name, package in PACKAGES.items()}},
    }


def note(app, env):
    """Write down on what the pages that ran since the last build ran."""
    store = Path(app.outdir).parent / "made.json"
    known = json.loads(store.read_text(encoding="utf-8")) if store.is_file() else {}
    env.course_here, env.course_made = here(), {}
    for page in sorted(env.found_docs):
        if ran := env.nb_metadata[page].get("exec_data", {}).get("mtime"):
            last = known.get(page, {})
            fresh = {"ran": round(ran), **env.course_here}
            # the cache writes the time of a run down a moment after the run says it
            env.course_made[page] = last if abs(last.get("ran", 0) - ran) < 60 else fresh
    store.write_text(json.dumps(env.course_made, indent=1), encoding="utf-8")


def made(env, page):
    """When and on what the numbers of a page were made, in one sentence; "" without numbers."""
    return sentence(env.course_made[page]) if page in env.course_made else ""


def sentence(record):
    """The sentence about one run."""
    day = datetime.fromtimestamp(record["ran"], UTC)
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    return (f"Made on {day:%-d %B %Y} on {record['machine']}, with {versions}, "
            f"{commit(record)}.")


def commit(record):
    """ "at commit 1234567", and whether files had been changed since."""
    name = record["commit"].removesuffix("+")
    changed = " with uncommitted changes" if record["commit"].endswith("+") else ""
    return f"at commit {name}{changed}"


def tell(app, page, template, context, doctree):
    """What the footer says."""
    numbers = made(app.env, page)
    built = f"This page was built {commit(app.env.course_here)}."
    context["provenance"] = f"The numbers on this page: {numbers} {built}" if numbers else built
    context["commit"] = app.env.course_here["commit"]


def setup(app):
    app.connect("env-updated", note)
    app.connect("html-page-context", tell)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
