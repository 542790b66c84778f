"""Exercise sources: every mistake is named with its line, and a wrong bar is noticed."""

from importlib.resources import files

import pytest

from course_utils.exercises import skeleton
from course_utils.exercises.build import notebooks
from course_utils.exercises.source import SourceError, read
from course_utils.exercises.verify import verify

GOOD = (files(skeleton) / "exercise.py.in").read_text().replace("@title@", "Softmax")
WRONG_AXIS = '# %% [wrong] softmax wrong-axis kills="rows sum to one, large logits" says="axis"'


def source(folder, old="", new="", text=GOOD):
    """The good exercise with one change, as a file."""
    assert old in text
    path = folder / "softmax.py"
    path.write_text(text.replace(old, new, 1))
    return path


def test_the_good_one_is_read(tmp_path):
    exercise = read(source(tmp_path))
    assert exercise.title == "Softmax"
    assert exercise.points == 6
    (task,) = exercise.tasks.values()
    assert len(task.hints) == 3
    assert task.hints[2].endswith("goes into the exponential.")  # two lines of the source
    assert (len(task.wrong), len(task.alternatives)) == (5, 2)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("# title: Softmax", "# name: Softmax", "py:1: the front matter has no title"),
        ("# ---\n# title", "# title", "py:1: expected front matter"),
        ("# %% [given] setup", "# %% [gives] setup", "expected '# %% [role] ...' with a role"),
        ("# %% [given] setup", "# %% [given]", "takes one name in its header"),
        ("[test] softmax points=4", "[test] softmax", "needs points=..."),
        ("[test] softmax points=4", "[test] softmax points=many", "points is a whole number"),
        ("difficulty=1 ", "difficulty=1 stars=3 ", "knows no stars"),
        ("[test] softmax points=4", "[test] softmin points=4", "no task softmin stands above"),
        ("### BEGIN SOLUTION", "### SOLUTION", "has no '### BEGIN SOLUTION'"),
        ("# # Softmax that survives", "# Softmax that survives", "first comment line is its title"),
        (WRONG_AXIS, WRONG_AXIS.replace('"axis"', '"axis'), "the header cannot be read"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path, old, new, said):
    with pytest.raises(SourceError) as caught:
        read(source(tmp_path, old, new))
    assert said in str(caught.value)
    assert "softmax.py:" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("points=4", "points=5", "the checks add up to 4 points, the header says 5"),
        ("\nscore()\n", "\nprint(1)\n", "a test cell ends in the line score()"),
        ("x = torch.randn(5, 7) * 3", "x = secret * 3", "the test uses secret"),
        ('check("large logits"', 'check("rows sum to one"', "two checks of a cell have the same"),
        ("points=2, hint", "points=1 + 1, hint", "written out, not computed"),
        ("### END HIDDEN TESTS", "### END HIDDEN", "do not pair"),
        ("x = torch.randn(5, 7) * 3", "import copy\nx = copy.deepcopy(torch.randn(5, 7))",
         "`deepcopy` cannot cross to another process"),
        ("x = torch.randn(5, 7) * 3", "x = torch.randn(5, 7", "this is not Python"),
    ],
)
def test_a_test_cell_that_breaks_the_contract_is_not_released(tmp_path, old, new, said):
    with pytest.raises(SourceError) as caught:
        notebooks(source(tmp_path, old, new))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    e = (x - x.max(-1, keepdim=True).values).exp()", "    e = x.exp()",
         "the reference loses points"),
        ("Hint: What does exp(1000) give?", "What does exp(1000) give?", "has 2 hints, the bar"),
        ('kills="large logits" says="maximum|not', 'kills="rows sum to one" says="maximum|not',
         "loses ['large logits'], named are ['rows sum to one']"),
        ('says="axis"', 'says="transpose"', "does not read ['transpose']"),
        ('kills="written by hand"', 'kills="by hand"', "checks that do not exist: ['by hand']"),
        ("    return (x - x.logsumexp(-1, keepdim=True)).exp()", "    return x",
         "alternative log-sum: loses"),
        ("# %% [alternative] softmax loop", "# %% [wrong] softmax loop kills=\"written by hand\""
         " says=\"yourself\"", "has 1 alternative answers, the bar is 2"),
    ],
)
def test_verify_notices_what_is_below_the_bar(tmp_path, old, new, said):
    problems = verify(source(tmp_path, old, new)).problems
    assert any(said in problem for problem in problems), problems
