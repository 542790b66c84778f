"""`make lab`: JupyterLab on the student's side."""

import sys

from environment import ROOT, ensure, run

if __name__ == "__main__":
    ensure("lab")
    sys.exit(run("-m", "jupyterlab", f"--notebook-dir={ROOT / 'exercises'}", *sys.argv[1:],
                 check=False))
