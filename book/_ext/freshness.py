"""Cached execution that notices what a page depends on.

A page's key is made of the `course_utils` files that its cells import, of what these import, of
the recorded results that the page names, and of the versions of Python and torch. A page whose
key has changed is read again; and since the key also goes into the page's kernelspec, which the
execution cache compares, just these pages run again.
"""

import ast
import hashlib
import json
import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import yaml
from notes import PageNotes

PACKAGE = "course_utils"
FRONT_MATTER = re.compile(r"\A---\n(.*?)^---$", re.M | re.S)
CELL = re.compile(r"^(`{3,}|:{3,})\{code-cell\}[^\n]*\n(.*?)^\1", re.M | re.S)
CELL_OPTIONS = re.compile(r"\A---\n.*?^---\n|\A(?::[^\n]*\n)+", re.M | re.S)
QUOTED_PAGE = re.compile(r"`([\w./-]+\.md)::")
KEYS = PageNotes("keys")


def versions():
    """What every page's numbers depend on: Python and torch."""
    try:
        torch = version("torch")
    except PackageNotFoundError:
        torch = "none"
    return f"python {sys.version_info[:2]} torch {torch}"


def imported_files(source, root, inside=(), seen=None):
    """The package's files under `root` that `source` imports, directly or through others.

    inside: the parts of the dotted name of the package that `source` is in, for relative imports.
    """
    seen = set() if seen is None else seen
    for name in _imported_names(ast.parse(source), inside):
        parts = name.split(".")
        for n in range(1, len(parts) + 1) if parts[0] == PACKAGE else ():
            base = root.joinpath(*parts[:n])
            for path in (base.with_suffix(".py"), base / "__init__.py"):
                if path.is_file() and path not in seen:
                    seen.add(path)
                    package = path.relative_to(root).parent.parts
                    imported_files(path.read_text(encoding="utf-8"), root, package, seen)
    return seen


def _imported_names(tree, inside):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = inside[: len(inside) - node.level + 1] if node.level else ()
            base = ".".join([*above, *filter(None, [node.module])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def data_files(modules, root):
    """Files of the package that are not Python and whose names the modules mention."""
    texts = [path.read_text(encoding="utf-8") for path in modules]
    others = (path for path in (root / PACKAGE).rglob("*.*") if path.suffix not in (".py", ".pyc"))
    return {path for path in others if any(path.name in text for text in texts)}


def dependencies(text, root):
    """The files that a page's numbers depend on besides the page itself, in order."""
    cells = "\n".join(CELL_OPTIONS.sub("", cell) for _, cell in CELL.findall(text))
    try:
        modules = imported_files(cells, root)
    except SyntaxError:  # this cell will raise; until then everything counts
        modules = set((root / PACKAGE).rglob("*.py"))
    results = {path for path in (root / "book" / "results").glob("*.json") if path.stem in text}
    return sorted(modules | data_files(modules, root) | results)


def key_of(text, root):
    """The key of a page's text, with the repository at `root`."""
    digest = hashlib.sha256(versions().encode())
    for path in dependencies(text, root):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def note_key(app, docname, source):
    """Put the page's key into its kernelspec and remember it."""
    key = key_of(source[0], Path(app.srcdir))
    KEYS.of(app.env)[docname] = key
    source[0] = FRONT_MATTER.sub(lambda match: _with_key(match, key), source[0], count=1)


def front_matter(text):
    """The settings at the head of a page, a dict; empty where there are none."""
    match = FRONT_MATTER.match(text)
    settings = yaml.safe_load(match[1]) if match else None
    return settings if isinstance(settings, dict) else {}


def _with_key(match, key):
    """The front matter with the key, on as many lines as before."""
    settings = front_matter(match[0])
    if "kernelspec" not in settings:
        return match[0]
    settings["kernelspec"]["key"] = key
    padding = "\n" * match[1].count("\n")
    return f"---\n{json.dumps(settings)}{padding}---"


def outdated(app, env, added, changed, removed):
    """The pages whose key is not what it was when they were read."""
    root = Path(app.srcdir)
    return [
        page for page, key in KEYS.of(env).items()
        if page in env.found_docs and page not in changed
        and key != key_of(Path(env.doc2path(page)).read_text(encoding="utf-8"), root)
    ]


def note_quotation(app, docname, source):
    """Remember that a page shows values of other pages."""
    folder = Path(app.env.doc2path(docname)).parent
    for other in QUOTED_PAGE.findall(source[0]):
        app.env.note_dependency(str(folder / other))


def quoting_pages(app, env):
    """Pages that show values of other pages are always written again: they are few."""
    return [
        page for page, files in env.dependencies.items()
        if any(str(file).endswith(".md") for file in files)
    ]


def setup(app):
    KEYS.connect(app)
    app.connect("source-read", note_key)
    app.connect("source-read", note_quotation)
    app.connect("env-get-outdated", outdated)
    app.connect("env-get-updated", quoting_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
