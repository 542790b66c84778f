"""Small books on a scratch copy of the set-up, for tests of what a build notices."""

import json
import os
import re
import shutil
import subprocess
import sys

from tests.conftest import ROOT

COPIED = (
    "CITATION.cff", "_config.yml", "course_utils", "scripts", "book/_ext", "book/_root",
    "book/_static", "book/_templates", "book/references.bib",
)
HEADER = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
"""


def page(title, *cells, prose="", settings=""):
    """The text of a page with code cells; `settings` are more lines of its front matter."""
    code = "".join(f"\n```{{code-cell}} python3\n{cell}\n```\n" for cell in cells)
    return f"{HEADER}{settings}---\n# {title}\n\n{prose}\n{code}"


class SmallBook:
    """The set-up of the book in `folder`, with these pages instead of the book's."""

    def __init__(self, folder, pages):
        self.folder = folder
        for name in COPIED:
            source, target = ROOT / name, folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
        self["intro"] = "# A small book\n\n```{contents-list}\n```\n"
        entries = "".join(f"  - file: book/{name}\n" for name in pages)
        toc = f"format: jb-book\nroot: book/intro\nparts:\n- caption: All\n  chapters:\n{entries}"
        (folder / "_toc.yml").write_text(toc)
        for name, text in pages.items():
            self[name] = text

    def __setitem__(self, name, text):
        (self.folder / "book" / f"{name}.md").write_text(text)

    def html(self, name):
        """The built page."""
        return (self.folder / "_build" / "html" / "book" / f"{name}.html").read_text()

    def build(self):
        """Run `scripts/book.py`; keep the status and what it printed, return the status."""
        done = subprocess.run(
            [sys.executable, "scripts/book.py"], cwd=self.folder, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "MPLBACKEND": "", "COURSE_ENV": "active", "CI": "true",
                 "PYTHONPATH": str(self.folder)},
        )
        self.status, self.printed = done.returncode, done.stdout
        return self.status

    @property
    def problems(self):
        """{page: reasons} of the last build."""
        found = {}
        told = (self.folder / "_build" / "problems.json").read_text()
        for problem in json.loads(told):
            found.setdefault(problem["page"].removeprefix("book/"), []).append(problem["reason"])
        return found

    @property
    def executed(self):
        """Names of the pages whose cells ran in the last build."""
        return set(re.findall(r"([\w-]+)\.md: Executing notebook", self.printed))
