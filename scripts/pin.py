"""Write constraints.txt: the exact versions in `.venv`. Run it after the tests passed."""

import subprocess

from environment import PYTHON, ROOT

HEADER = """\
# The exact versions that the tests passed with. Written by scripts/pin.py, never by hand.
# torch is pinned without its build tag, so that each machine takes its own build.
"""


def pins():
    """One `name==version` a package, in order, without this package and without build tags."""
    frozen = subprocess.run(
        [str(PYTHON), "-m", "pip", "freeze", "--exclude-editable"],
        capture_output=True, text=True, check=True,
    ).stdout
    lines = (line.split("+")[0].strip() for line in frozen.splitlines())
    return sorted((line for line in lines if "==" in line), key=str.lower)


if __name__ == "__main__":
    (ROOT / "constraints.txt").write_text(HEADER + "\n".join(pins()) + "\n")
    print(f"constraints.txt: {len(pins())} packages")
