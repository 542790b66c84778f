"""`course new`: a chapter and an exercise that are right in form from the first minute."""

import shutil

import pytest

from course_utils.cli import main
from course_utils.exercises.skeleton import create
from course_utils.exercises.verify import verify
from tests import test_chapters as anatomy
from tests.conftest import ROOT


@pytest.fixture
def tree(tmp_path):
    """The table of contents and the exercises of the repository, in a folder of its own."""
    for name in ("book", "exercises"):
        (tmp_path / name).mkdir()
    shutil.copytree(ROOT / "solutions", tmp_path / "solutions")
    shutil.copy(ROOT / "_toc.yml", tmp_path)
    return tmp_path


def test_three_files_and_one_line(tree):
    before = (tree / "_toc.yml").read_text().splitlines()
    assert main(["--root", str(tree), "new", "my-topic"]) == 0
    after = (tree / "_toc.yml").read_text().splitlines()
    assert [line for line in after if line not in before] == ["      - file: book/my-topic"]
    assert len(after) == len(before) + 1
    assert (tree / "book" / "my-topic.md").is_file()
    assert (tree / "book" / "teaching" / "guides" / "my-topic.md").is_file()
    assert (tree / "exercises" / "my-topic" / "my-topic.ipynb").is_file()


def test_it_comes_after_the_chapter_that_is_named(tree):
    create(tree, "my-topic", after="training-loop")
    lines = (tree / "_toc.yml").read_text().splitlines()
    assert lines[lines.index("      - file: book/my-topic") - 1].endswith("book/training-loop")


def test_the_exercise_verifies(tree):
    create(tree, "my-topic")
    report = verify(tree / "solutions" / "my-topic.py")
    assert report.problems == [], str(report)


def test_the_chapter_has_the_anatomy_and_lists_what_is_to_be_written(tree):
    create(tree, "activations-2")
    text = (tree / "book" / "activations-2.md").read_text()
    chapter = anatomy.Chapter("activations-2", text)
    anatomy.test_it_opens_with_label_summary_question_and_needs(chapter)
    anatomy.test_its_last_headings_come_in_order(chapter)
    anatomy.test_it_reveals_its_prediction_and_ends_with_three_questions(chapter)
    anatomy.test_only_the_first_cell_imports(chapter)
    anatomy.test_cells_are_short_and_narrow(chapter)
    anatomy.test_a_figure_says_what_it_shows(chapter)
    anatomy.test_the_numbers_of_each_figure_are_folded_below_it(chapter)
    assert len(anatomy.unwritten(text)) > 10


@pytest.mark.parametrize(
    ("slug", "after", "said"),
    [
        ("My Topic", None, "expected a name such as my-topic"),
        ("training-loop", None, "is there already"),
        ("my-topic", "nowhere", "no chapter 'nowhere' in _toc.yml; there are: .*training-loop"),
    ],
)
def test_a_bad_name_writes_nothing(tree, slug, after, said):
    before = sorted(tree.rglob("*"))
    with pytest.raises(ValueError, match=said):
        create(tree, slug, after)
    assert sorted(tree.rglob("*")) == before
