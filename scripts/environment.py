"""Create `.venv`, install what a command needs into it, and run Python there.

Standard library only: this runs on a fresh clone, before anything is installed. Doing it
twice costs nothing: a stamp in `.venv` remembers what was installed from which pins.
With COURSE_ENV=active the environment that is active is used as it is (conda, a cluster's).
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
ACTIVE = os.environ.get("COURSE_ENV") == "active"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
if ACTIVE:
    PYTHON = Path(sys.executable)
MINIMUM = (3, 11)


def say(text):
    print(f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text, flush=True)


def ensure(*extras):
    """Make `.venv` hold the package with `extras` at the pinned versions."""
    if ACTIVE:
        return
    if sys.version_info < MINIMUM:
        sys.exit(
            f"Python {MINIMUM[0]}.{MINIMUM[1]} or newer is needed, this is "
            f"{sys.version.split()[0]}. Try: make PYTHON=python3.12 ..."
        )
    if not PYTHON.is_file():
        say("Creating .venv")
        venv.create(VENV, with_pip=True)
    stamp = VENV / ("installed-" + "-".join(sorted(extras) or ["base"]))
    wanted = fingerprint()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    install(extras)
    stamp.write_text(wanted)


def fingerprint():
    """What an installation depends on: the pins, the package's metadata, this Python."""
    digest = hashlib.sha256(sys.version.encode() + str(ROOT).encode())
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def install(extras):
    say("Installing packages into .venv (the first time takes minutes)")
    constraints = ["--constraint", str(ROOT / "constraints.txt")]
    if index := os.environ.get("TORCH_INDEX"):
        pip("torch", *constraints, "--index-url", index)
    else:
        # alone and first, so that the pinned build is there before anything asks for "torch"
        pip("torch", *constraints)
    pip("--editable", f"{ROOT}[{','.join(extras)}]" if extras else str(ROOT), *constraints)


def pip(*arguments):
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        for line in process.stdout:
            if not line.startswith("Requirement already satisfied"):
                print(line, end="", flush=True)
    except KeyboardInterrupt:
        sys.exit("Interrupted. The next call goes on where this one stopped.")
    if process.wait():
        sys.exit(
            "The installation failed (see above). Without a network, or behind a proxy, set up "
            "pip first; then call this again: it goes on where it stopped."
        )


def run(*command, check=True, **environment):
    """Run `.venv`'s Python with `command`; return its exit status, or exit with it."""
    path = os.pathsep.join([str(PYTHON.parent), os.environ.get("PATH", "")])
    variables = {**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1", **environment}
    done = subprocess.run([str(PYTHON), *command], cwd=ROOT, env=variables)
    if check and done.returncode:
        sys.exit(done.returncode)
    return done.returncode
