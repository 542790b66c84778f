"""A small course, and folders and zips handed in for it, for tests of collecting."""

import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from course_utils.grading import roster
from course_utils.grading.collect import collect
from tests.test_export import version_known

SLUG = "training-loop"
NOTEBOOK = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n'
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PEOPLE = [
    ("ada", "Ada", "Lovelace", "ada@example.org", "12345"),
    ("bob", "Bob", "Brown", "bob@example.org", "77"),
    ("eva.1", "Eva", "Müller", "eva@example.org", "901"),
]


@pytest.fixture(scope="module")
def pattern(tmp_path_factory):
    """A course of three students, to be copied."""
    folder = tmp_path_factory.mktemp("pattern")
    (folder / "nbgrader_config.py").write_text("c = get_config()\n")
    with version_known(), roster.gradebook(folder) as book:
        for student, first, last, email, number in PEOPLE:
            book.add_student(student, first_name=first, last_name=last, email=email,
                             lms_user_id=number)
    return folder


@pytest.fixture(name="course")
def new_course(pattern, tmp_path):
    """A course of three students."""
    return Path(shutil.copytree(pattern, tmp_path / "course"))


@pytest.fixture(name="source")
def new_source(tmp_path):
    """An empty folder to collect from."""
    folder = tmp_path / "handed-in"
    folder.mkdir()
    return folder


def put(path, data=NOTEBOOK):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def zipped(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def taken(course, source, **options):
    """{student: Collected} of collecting."""
    return {one.student: one for one in collect(course, SLUG, source, **options)}


def stored(course, student):
    return (course / "submitted" / student / SLUG / f"{SLUG}.ipynb").read_bytes()
