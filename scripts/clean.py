"""`make clean`: remove what the other targets built; `.venv` and hand-in folders stay."""

import shutil

from environment import ROOT

for name in ("_build", ".pytest_cache", ".ruff_cache", ".hypothesis", "build"):
    shutil.rmtree(ROOT / name, ignore_errors=True)
for cache in ROOT.rglob("__pycache__"):
    if ".venv" not in cache.parts:
        shutil.rmtree(cache, ignore_errors=True)
print("Removed what make has built. To start from nothing, delete .venv as well.")
