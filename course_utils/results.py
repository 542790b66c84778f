"""Results of runs that are too big for the book's build, each with where it came from.

A result is one JSON file in `book/results/`, written by `make results` and never by hand.
Pages read it with `load` and show its provenance beside the reader's own, smaller run.
"""

import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "book" / "results"


@dataclass
class Result:
    """What a recorded run found.

    name: file name without `.json`, such as "activations-gpu".
    what: one sentence that says what was run.
    preset: "tiny", "cpu" or "gpu".
    seeds: the seeds, one run each.
    seconds: wall time of the whole run.
    values: the numbers, plain data; lists over seeds where there are several.
    provenance: hardware, versions, commit and date; filled by `record`.
    """

    name: str
    what: str
    preset: str
    seeds: list[int]
    seconds: float
    values: dict
    provenance: dict = field(default_factory=dict)


def record(result, folder=FOLDER):
    """Write `result` with the provenance of this machine; return the path of the file."""
    result.provenance = provenance()
    path = Path(folder) / f"{result.name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(result), indent=1) + "\n", encoding="utf-8")
    return path


def load(name, folder=FOLDER):
    """The recorded result `name`, or None where it has not been measured yet.

    Raises ValueError naming the file when its content is not a result.
    """
    path = Path(folder) / f"{name}.json"
    if not path.is_file():
        return None
    try:
        return Result(**json.loads(path.read_text(encoding="utf-8")))
    except (json.JSONDecodeError, TypeError) as error:
        raise ValueError(
            f"{path.name} is not a recorded result ({error}). It is written by `make results`: "
            "run that again, or restore the committed file."
        ) from error


def provenance():
    """Hardware, versions, commit and date (UTC) of a run on this machine."""
    import torch

    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "commit": commit(),
        "hardware": hardware(),
        "python": platform.python_version(),
        "torch": torch.__version__,
    }


def hardware():
    """The accelerator's name if there is one, and the processor with its usable cores."""
    import torch

    parts = [torch.cuda.get_device_name()] if torch.cuda.is_available() else []
    return ", ".join([*parts, processor_name(), f"{os.cpu_count()} cores"])


def processor_name():
    """The processor's model as the system names it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def commit():
    """The short hash of the checked-out commit, with "+" if other files than results differ.

    Returns "unknown" outside a git repository.
    """
    root = str(FOLDER.parent.parent)
    elsewhere = [".", ":!book/results"]
    try:
        name = _git(root, "rev-parse", "--short", "HEAD").strip()
        changes = _git(root, "status", "--porcelain", "--untracked-files=no", "--", *elsewhere)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return f"{name}+" if changes else name


def _git(root, *command):
    return subprocess.run(
        ["git", "-C", root, *command], capture_output=True, text=True, timeout=30, check=True
    ).stdout
