"""What an extension remembers about each page, on Sphinx's build environment."""


class PageNotes:
    """Values by page; a page's is forgotten when the page is read again or removed.

    Notes made by parallel readers are merged, so extensions that keep nothing else are safe for
    parallel reading.
    """

    def __init__(self, name):
        self.attribute = f"course_{name}"

    def of(self, env):
        """All notes, a dict from page to value."""
        if not hasattr(env, self.attribute):
            setattr(env, self.attribute, {})
        return getattr(env, self.attribute)

    def connect(self, app):
        """Keep the notes in step with the pages."""
        app.connect("env-purge-doc", self._purge)
        app.connect("env-merge-info", self._merge)

    def _purge(self, app, env, page):
        self.of(env).pop(page, None)

    def _merge(self, app, env, pages, other):
        self.of(env).update({page: note for page, note in self.of(other).items() if page in pages})


def reading_order(env):
    """All pages in the order of the table of contents."""
    pages, waiting = {}, [env.config.root_doc]
    while waiting:
        page = waiting.pop()
        if page not in pages:
            pages[page] = None
            waiting += reversed(env.toctree_includes.get(page, ()))
    return list(pages)
