"""The book builds from its sources without a warning."""

import json
import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="session")
def book():
    """The folder of the built book."""
    command = [sys.executable, "scripts/book.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return ROOT / "_build" / "html"


def test_every_claim_came_out_as_declared(book):
    claims = json.loads((book / "claims.json").read_text())
    assert len(claims) >= 10
    assert [c["id"] for c in claims if c["verdict"] != c["expect"] and c["timing"] != "true"] == []
