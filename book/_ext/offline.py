"""Nothing is fetched from elsewhere.

Jupyter Book always sets up sphinx-thebe, which puts a script on every page that fetches its kernel
client from a public server when somebody presses its button. The book has no such button.
"""

UNUSED, UNUSED_STYLE = "sphinx_thebe", "thebe"


def disconnect(app, config):
    """Take the unused extension's handlers out of all events, and its style sheet."""
    for handlers in app.events.listeners.values():
        handlers[:] = [one for one in handlers if one.handler.__module__ != UNUSED]
    files = app.registry.css_files
    files[:] = [(name, attributes) for name, attributes in files if UNUSED_STYLE not in name]


def setup(app):
    app.connect("config-inited", disconnect)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
