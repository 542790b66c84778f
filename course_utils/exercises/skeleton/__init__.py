"""`course new`: a chapter and its exercise that build and verify, to be replaced line by line.

Every line that is still to be written says TODO, and `make check` lists them.
"""

import re
from importlib.resources import files

from course_utils.exercises.release import release

SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
ENTRY = re.compile(r"^( *- file: )book/(\S+)$", re.M)


def create(root, slug, after=None):
    """Write the files of a chapter `slug`, its guide, its notebooks, and one line of `_toc.yml`.

    after: the chapter that it follows; by default the last one that has an exercise.
    Returns the files written. Raises ValueError, with nothing written, when `slug` is no slug or
    exists, or `after` is not in `_toc.yml`.
    """
    chapter, exercise = root / "book" / f"{slug}.md", root / "solutions" / f"{slug}.py"
    guide = root / "book" / "teaching" / "guides" / f"{slug}.md"
    if not SLUG.fullmatch(slug):
        raise ValueError(f"expected a name such as my-topic, got {slug!r}: a-z, 0-9 and hyphens")
    for path in (chapter, guide, exercise):
        if path.exists():
            raise ValueError(f"{path.relative_to(root)} is there already; choose another name")
    toc = root / "_toc.yml"
    listed = with_entry(toc.read_text(encoding="utf-8"), slug, after or last_chapter(root))
    title = slug.replace("-", " ").capitalize()
    templates = {chapter: "chapter.md.in", guide: "guide.md.in", exercise: "exercise.py.in"}
    for path, template in templates.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        text = (files(__package__) / template).read_text(encoding="utf-8")
        text = text.replace("@slug@", slug).replace("@title@", title)
        path.write_text(text, encoding="utf-8")
    toc.write_text(listed, encoding="utf-8")
    return [chapter, guide, exercise, toc, *release(exercise)]


def last_chapter(root):
    """The last entry of `_toc.yml` that has an exercise."""
    pages = [slug for _, slug in ENTRY.findall((root / "_toc.yml").read_text(encoding="utf-8"))]
    return [page for page in pages if (root / "solutions" / f"{page}.py").is_file()][-1]


def with_entry(toc, slug, after):
    """The text of `_toc.yml` with a line for `slug` below that of `after`."""
    for match in ENTRY.finditer(toc):
        if match[2] == after:
            return f"{toc[: match.end()]}\n{match[1]}book/{slug}{toc[match.end():]}"
    known = ", ".join(page for _, page in ENTRY.findall(toc))
    raise ValueError(f"no chapter {after!r} in _toc.yml; there are: {known}")
