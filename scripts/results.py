"""`make results PRESET=cpu|gpu [RUN=activations]`: the runs that are too big for the book's build.

Each module of scripts/runs/ measures one thing, for book/results/<run>-<preset>.json.
"""

import importlib
import os
import sys
import time
from pathlib import Path

RUNS = Path(__file__).parent / "runs"


def measure(name, preset):
    """Run one module and record what it returns; return the file's path."""
    from course_utils.results import Result, record

    module = importlib.import_module(f"runs.{name}")
    began = time.monotonic()
    seeds, values = module.measure(preset)
    seconds = round(time.monotonic() - began, 1)
    slug = name.replace("_", "-")
    what = module.__doc__.strip().splitlines()[0]
    return record(Result(f"{slug}-{preset}", what, preset, seeds, seconds, values))


def main():
    names = sorted(path.stem for path in RUNS.glob("[!_]*.py"))
    wanted = os.environ.get("RUN", "").replace("-", "_")
    preset = sys.argv[1] if len(sys.argv) > 1 else "cpu"
    if preset not in ("tiny", "cpu", "gpu") or (wanted and wanted not in names):
        sys.exit(f"Expected PRESET=cpu or PRESET=gpu and RUN one of {', '.join(names)}.")
    for name in [wanted] if wanted else names:
        print(f"{name} ({preset}) ...", flush=True)
        print(f"  {measure(name, preset)}")


if __name__ == "__main__":
    from environment import PYTHON, ensure, run

    if Path(sys.executable).absolute() == PYTHON:
        main()
    else:
        ensure()
        sys.exit(run(__file__, *sys.argv[1:], check=False))
