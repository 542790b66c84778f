"""The site as one file, and the workflow that publishes the site."""

import hashlib
import re
import zipfile

import pytest
import yaml

from tests.conftest import ROOT
from tests.page_checks import Visit, contents


@pytest.fixture(scope="module")
def packed(book, tmp_path_factory):
    """The packed site."""
    from zip import write

    path = tmp_path_factory.mktemp("zip") / "course.zip"
    write(book, path)
    return path


def test_the_zip_is_the_site_in_one_folder(book, packed):
    with zipfile.ZipFile(packed) as archive:
        assert archive.testzip() is None
        inside = {name: archive.read(name) for name in archive.namelist()}
    site = {f"course/{path.relative_to(book).as_posix()}": path.read_bytes()
            for path in book.rglob("*") if path.is_file() and path.suffix != ".zip"}
    assert inside == site


def test_the_same_site_gives_the_same_bytes_and_holds_no_zip(tmp_path):
    from zip import write

    found = []
    for name in ("one", "two"):
        (tmp_path / name / "take-along").mkdir(parents=True)
        for file in ("index.html", "take-along/old.zip"):
            (tmp_path / name / file).write_text(file)
        write(tmp_path / name, tmp_path / name / "take-along" / "site.zip")
        data = (tmp_path / name / "take-along" / "site.zip").read_bytes()
        found.append(hashlib.sha256(data).hexdigest())
    assert found[0] == found[1]
    with zipfile.ZipFile(tmp_path / "one" / "take-along" / "site.zip") as archive:
        assert archive.namelist() == ["site/index.html"]


@pytest.mark.browser
def test_the_unpacked_site_reads_without_a_network(chromium, packed, tmp_path):
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / "course"
    with Visit(chromium, (folder / "index.html").as_uri(), offline=True) as visit:
        page = visit.page
        page.wait_for_url("**/book/intro.html")
        for name in contents(folder):
            page.goto((folder / name).as_uri())
            assert page.get_by_role("heading", level=1).first.is_visible(), name
        page.goto((folder / "search.html").as_uri() + "?q=gradient")
        page.locator("#search-results li a").first.click()
        page.get_by_role("heading", level=1).first.wait_for()
        visit.settle()
        assert visit.complaints == []
        assert visit.foreign(folder.as_uri()) == []


def test_the_workflow_builds_with_commands_that_there_are():
    flow = yaml.safe_load((ROOT / ".github/workflows/publish.yml").read_text())
    steps = flow["jobs"]["publish"]["steps"]
    asked = [step["run"].removeprefix("make ") for step in steps
             if step.get("run", "").startswith("make ")]
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M)
    assert asked[0] == "book"
    assert set(asked) <= set(targets)
    assert steps[-1]["working-directory"] == "_build/html"


def test_the_notebooks_are_opened_from_the_branch_that_is_published():
    from take_along import SITE_BRANCH

    text = (ROOT / ".github/workflows/publish.yml").read_text()
    assert f"--initial-branch {SITE_BRANCH}\n" in text
    assert text.rstrip().endswith(f'$GITHUB_REPOSITORY" {SITE_BRANCH}')
