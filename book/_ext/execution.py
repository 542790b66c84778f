"""Pages whose cells raised, and pages that show a traceback although no cell raised.

An error while a result is *drawn* (a figure, a table) is no error of the cell: nothing else
notices it, and the page would show a traceback.
"""

import re

from sphinx.util import logging

logger = logging.getLogger(__name__)
ANSI = re.compile(r"\x1b\[[\d;]*m")
EXPECTED = "tag_raises-exception"  # the class that the cell's tag `raises-exception` becomes


def check(app, doctree):
    """Warn of a page that did not run to its end, or that shows a traceback."""
    page = app.env.docname
    done = app.env.nb_metadata[page].get("exec_data", {})
    if done.get("succeeded") is False:
        reason = last_line(done.get("traceback") or done.get("error") or "an error")
        logger.warning("a cell raised %s", reason, location=page, type="course", subtype="cell")
    elif shown := [text for cell in _cells(doctree) if (text := traceback(cell))]:
        reason = last_line(shown[0])
        logger.warning("an output shows a traceback: %s", reason, location=page,
                       type="course", subtype="output")


def _cells(doctree):
    return doctree.findall(lambda node: "cell" in _classes(node))


def _classes(node):
    return node.get("classes", ()) if hasattr(node, "get") else ()


def traceback(cell):
    """The text of the first traceback among a cell's outputs; None if it has none or should."""
    if EXPECTED in _classes(cell):
        return None
    for node in cell.findall(lambda node: bool(_classes(node))):
        classes, text = _classes(node), node.astext()
        if "traceback" in classes or ("stderr" in classes and "Traceback (most recent" in text):
            return text
    return None


def last_line(text):
    """The line of a traceback that says what happened."""
    return ANSI.sub("", text).strip().splitlines()[-1]


def setup(app):
    app.connect("doctree-read", check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
