"""Write the generated notebooks, or say which are stale."""

from pathlib import Path

from course_utils.exercises.build import notebooks


def targets(path, overlay=None, to=None):
    """The files that belong to the source at `path`, with their content: {path: text}.

    overlay: a folder with an instructor's additions. to: a course folder; by default the source's.
    """
    path = Path(path)
    root, slug = Path(to or path.resolve().parent.parent), path.stem
    instructor, student = notebooks(path, overlay)
    return {
        root / "solutions" / slug / f"{slug}.ipynb": instructor,
        root / "exercises" / slug / f"{slug}.ipynb": student,
    }


def stale(path, overlay=None, to=None):
    """The generated files of a source that are missing or not what it would generate."""
    return [
        target for target, text in targets(path, overlay, to).items()
        if not target.is_file() or target.read_text(encoding="utf-8") != text
    ]


def release(path, overlay=None, to=None):
    """Write what is stale; return the files written."""
    texts = targets(path, overlay, to)
    written = stale(path, overlay, to)
    for target in written:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(texts[target], encoding="utf-8", newline="\n")
    return written
