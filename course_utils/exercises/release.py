"""Write the generated notebooks, or say which are stale."""

from pathlib import Path

from course_utils.exercises.build import notebooks


def targets(path):
    """The files that belong to the source at `path`, with their content: {path: text}."""
    path = Path(path)
    root, slug = path.resolve().parent.parent, path.stem
    instructor, student = notebooks(path)
    return {
        root / "solutions" / slug / f"{slug}.ipynb": instructor,
        root / "exercises" / slug / f"{slug}.ipynb": student,
    }


def stale(path):
    """The generated files of a source that are missing or not what it would generate."""
    return [
        target for target, text in targets(path).items()
        if not target.is_file() or target.read_text(encoding="utf-8") != text
    ]


def release(path):
    """Write what is stale; return the files written."""
    texts = targets(path)
    written = stale(path)
    for target in written:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(texts[target], encoding="utf-8", newline="\n")
    return written
