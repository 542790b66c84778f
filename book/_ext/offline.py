"""Nothing is fetched from elsewhere, and nothing is loaded that the book does not use.

Jupyter Book always sets up sphinx-thebe, which puts a script on every page that fetches its kernel
client from a public server when somebody presses its button, and sphinx-togglebutton, which folds
by script. The book has no such button, and its folds need no script.
"""

import re

UNUSED = ("sphinx_thebe", "sphinx_togglebutton")
UNUSED_FILES = re.compile("thebe|togglebutton|let toggle")


def disconnect(app, config):
    """Take the unused extensions' handlers out of all events, and their files out of the pages."""
    for handlers in app.events.listeners.values():
        handlers[:] = [one for one in handlers if one.handler.__module__ not in UNUSED]
    for files in (app.registry.css_files, app.registry.js_files):
        files[:] = [
            (name, attributes) for name, attributes in files
            if not UNUSED_FILES.search(f"{name} {attributes.get('body')}")
        ]


def setup(app):
    app.connect("config-inited", disconnect, priority=900)  # when the extensions have added theirs
    return {"parallel_read_safe": True, "parallel_write_safe": True}
