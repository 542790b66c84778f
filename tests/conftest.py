"""What several test files share: the exercises in the tree, the built book, a browser."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parent.parent
SOLUTIONS = sorted((ROOT / "solutions").glob("*.py"))
HTML = ROOT / "_build" / "html"
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "book" / "_ext")]


@pytest.fixture(params=SOLUTIONS, ids=lambda path: path.stem)
def solution(request):
    """The source of each exercise in the tree."""
    return request.param


def pages():
    """The pages of the table of contents, as "book/intro"."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    return [toc["root"], *(page for part in toc["parts"] for page in files(part["chapters"]))]


def files(entries):
    """The pages of a list in the table of contents, with those of its sections."""
    for entry in entries:
        if "glob" in entry:
            yield from sorted(path.relative_to(ROOT).with_suffix("").as_posix()
                              for path in ROOT.glob(f"{entry['glob']}.md"))
        else:
            yield entry["file"]
            yield from files(entry.get("sections", ()))


@pytest.fixture(scope="session")
def book():
    """The folder of the built book; each failure of the build is told by its own words."""
    command = [sys.executable, "scripts/book.py"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "COURSE_ENV": "active"},
    )
    printed = done.stdout + done.stderr
    assert done.returncode == 0, printed[printed.find("What is not right:"):][-4000:]
    return HTML


@pytest.fixture(scope="session")
def bench():
    """Two stations that grade answers as `course grade` does; None where there is no sandbox."""
    from course_utils.exercises.judged import Bench
    from course_utils.grading.station import StationLost

    with Bench() as stations:
        try:
            stations.stations[0].protection()
        except StationLost as error:
            if os.environ.get("CI"):
                pytest.fail(str(error))
            stations = None
        yield stations


@pytest.fixture(scope="session")
def chromium():
    """A running Chromium; where there is none the test is skipped, but never in CI."""
    from browser import find
    from playwright.sync_api import sync_playwright

    path = find()
    if path is None:
        missing = "no Chromium: install the distribution's, or set COURSE_CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()
