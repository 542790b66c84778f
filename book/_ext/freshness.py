"""Cached execution that notices what a page depends on, and pages that stay failed.

A page's key is made of the `course_utils` files that its cells import (and what these import),
the recorded results that it quotes, torch's version and Python's. It goes into the page's
kernelspec, which the execution cache compares, so that a change reruns just the pages that use
what changed.
"""

import ast
import hashlib
import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sphinx.errors import ExtensionError
from sphinx.util import logging

logger = logging.getLogger(__name__)
PACKAGE = "course_utils"
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```", re.M | re.S)
CELL_OPTIONS = re.compile(r"\A---\n.*?^---\n|\A(?::[^\n]*\n)+", re.M | re.S)
QUOTED_PAGE = re.compile(r"`([\w./-]+\.md)::")
QUOTED_RESULT = re.compile(r"load\(\s*[\"']([\w-]+)[\"']|^```\{recorded\} ([\w-]+)", re.M)


def environment():
    """What every page's result depends on: Python and torch."""
    try:
        torch = version("torch")
    except PackageNotFoundError:
        torch = "none"
    return f"python {sys.version_info[:2]} torch {torch}"


def imported_files(source, root, seen=None):
    """The files of the package that `source` imports, directly or through others."""
    seen = set() if seen is None else seen
    for name in _imported_names(ast.parse(source)):
        parts = name.split(".")
        if parts[0] != PACKAGE:
            continue
        for i in range(1, len(parts) + 1):
            base = root.joinpath(*parts[:i])
            for path in (base.with_suffix(".py"), base / "__init__.py"):
                if path.is_file() and path not in seen:
                    seen.add(path)
                    imported_files(path.read_text(encoding="utf-8"), root, seen)
    return seen


def _imported_names(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def dependencies(text, root):
    """The files that a page's result depends on besides the page itself, in order."""
    cells = "\n".join(CELL_OPTIONS.sub("", cell) for cell in CELL.findall(text))
    try:
        files = imported_files(cells, root)
    except SyntaxError:  # a magic, say: then the whole package counts
        files = set((root / PACKAGE).rglob("*.py"))
    if files:
        files |= set((root / PACKAGE).glob("*.mplstyle"))
    names = (first or second for first, second in QUOTED_RESULT.findall(text))
    results = (root / "book" / "results" / f"{name}.json" for name in names)
    return sorted(files | {path for path in results if path.is_file()})


def key_of(text, root):
    """The page's key, and the files it was made of."""
    files = dependencies(text, root)
    digest = hashlib.sha256(environment().encode())
    for path in files:
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16], files


def note_key(app, docname, source):
    """Put the key into the page's kernelspec, and tell Sphinx what the page depends on."""
    text = source[0]
    page = Path(app.env.doc2path(docname))
    for other in QUOTED_PAGE.findall(text):
        app.env.note_dependency(str(page.parent / other))
    if "kernelspec:" not in text:
        return
    key, files = key_of(text, Path(app.srcdir))
    for path in files:
        app.env.note_dependency(str(path))
    source[0] = re.sub(r"kernelspec: *\{", f'kernelspec: {{key: "{key}", ', text, count=1)


def quoting_pages(app, env):
    """Pages that quote another page's numbers are rendered again when that page was read."""
    return sorted(
        docname for docname, files in env.dependencies.items()
        if any(str(file).endswith(".md") for file in files)
    )


def fail_for_failed_pages(app, error):
    """A page that raised, or whose drawing raised, is an error on every build."""
    if error:
        return
    failed = [
        f"{page}: a cell raised {reason(data['exec_data'])}"
        for page, data in sorted(getattr(app.env, "nb_metadata", {}).items())
        if data.get("exec_data", {}).get("succeeded") is False
    ]
    failed += [f"{page}: an output shows a traceback" for page in sorted(tracebacks(app.env))]
    if failed:
        raise ExtensionError("these pages are not right:\n  " + "\n  ".join(failed))


def reason(exec_data):
    """The last line of a page's traceback."""
    lines = (exec_data.get("traceback") or "an error").strip().splitlines()
    return re.sub(r"\x1b\[[\d;]*m", "", lines[-1])


def tracebacks(env):
    """Pages with an error among their outputs."""
    return getattr(env, "course_tracebacks", set())


def note_tracebacks(app, doctree):
    """Remember pages with a traceback among their outputs, unless they say that they raise."""
    if not hasattr(app.env, "course_tracebacks"):
        app.env.course_tracebacks = set()
    page = app.env.docname
    app.env.course_tracebacks.discard(page)
    for cell in doctree.findall(lambda node: _has_classes(node) and "cell" in node["classes"]):
        expected = any("raises-exception" in name for name in cell["classes"])
        if not expected and any(map(_is_traceback, cell.findall(_has_classes))):
            app.env.course_tracebacks.add(page)


def _has_classes(node):
    return hasattr(node, "get") and bool(node.get("classes"))


def _is_traceback(node):
    printed = "stderr" in node["classes"] and "Traceback (most recent call" in node.astext()
    return printed or "traceback" in node["classes"]


def setup(app):
    app.connect("source-read", note_key)
    app.connect("doctree-read", note_tracebacks)
    app.connect("env-get-updated", lambda app, env, *changed: quoting_pages(app, env))
    app.connect("build-finished", fail_for_failed_pages)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
