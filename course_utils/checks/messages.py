"""What went wrong, in words for a student."""

import traceback

NOT_DONE = "not done yet"


def explain(error, trace=None):
    """What went wrong, for a student: short, and without the machinery's frames."""
    if isinstance(error, NotImplementedError):
        return NOT_DONE
    if isinstance(error, NameError) and error.name:
        return f"`{error.name}` is not defined: run the cell of the task first"
    text = first_lines(str(error))
    if isinstance(error, AssertionError):
        return text or f"this does not hold: {_failed_line(trace)}"
    # an error from another process says itself what and where it was
    kind = getattr(error, "kind", type(error).__name__)
    place = getattr(error, "line", None)
    place = _failed_line(trace) if place is None else place
    return f"{kind}: {text}" + (f", in `{place}`" if place else "")


def with_hint(message, hint):
    """A message and a hint as sentences of one line."""
    return f"{message}{'' if message[-1:] in '.?!' else '.'} {hint}".strip()


def first_lines(text):
    """The first lines, in one; torch.testing says there what differs and by how much."""
    lines = [line.strip().rstrip("!") for line in text.splitlines() if line.strip()]
    return "; ".join(lines[:4]).replace("Tensor-likes are not close", "the values differ")


def _failed_line(trace):
    frames = traceback.extract_tb(trace) if trace else []
    return frames[-1].line.strip() if frames and frames[-1].line else ""
