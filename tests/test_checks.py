"""Checks: they record, never raise, teach by their words, and cost nothing for a warning."""

import sys
import warnings

import pytest
import torch
from torch import nn

from course_utils.checks import (
    attempt,
    check,
    done,
    forbid,
    operators_used,
    raises,
    remote,
    score,
)
from course_utils.checks.cells import execute
from course_utils.checks.messages import with_hint


@pytest.fixture(autouse=True)
def nothing_pending():
    score()


def only_check():
    """The one check since the last score."""
    (one,) = score().checks
    return one


def test_points_add_up_and_the_repr_is_the_number():
    with check("right", points=2):
        assert 1 + 1 == 2
    with check("wrong", points=1, hint="count again"):
        assert 1 + 1 == 3
    result = score("sum", points=5)
    assert repr(result) == "2"
    assert (result.reached, result.visible, result.hidden) == (2, 3, 2)
    html = result._repr_html_()
    assert "2 of 3 visible points; 2 more are checked after you hand in" in html
    assert "Hint: count again" in html
    assert repr(score()) == "0"  # the next cell starts anew


def test_a_check_goes_on_after_any_error():
    for error in (ValueError("bad value"), ZeroDivisionError(), AssertionError("no"), SystemExit()):
        with check("raises"):
            raise error
    assert [one.passed for one in score().checks] == [False] * 4


def test_only_the_user_interrupts():
    with pytest.raises(KeyboardInterrupt), check("interrupted"):
        raise KeyboardInterrupt


def test_a_warning_costs_nothing_and_standard_error_stays_empty(capsys):
    with check("warns"):
        warnings.warn("deprecated", stacklevel=1)
        print("noise", file=sys.stderr)
    one = only_check()
    assert one.passed
    assert one.notes == ["deprecated"]
    assert capsys.readouterr().err == ""


def test_messages_say_what_happened():
    cases = {
        "not done yet": lambda: (_ for _ in ()).throw(NotImplementedError()),
        "`unheard_of` is not defined: run the cell of the task first": lambda: unheard_of,  # noqa: F821
        "the values differ": lambda: torch.testing.assert_close(
            torch.zeros(2), torch.ones(2)),
        "TypeError: ": lambda: len(3),
    }
    for words, fail in cases.items():
        with check("fails"):
            fail()
        assert words in only_check().message


def test_a_bare_assert_is_quoted():
    fails = written("def f(total):\n    assert total == 4", "bare")
    with check("fails"):
        fails(3)
    assert only_check().message == "this does not hold: assert total == 4"


def test_a_changed_input_fails_the_check_unless_it_was_declared():
    x = torch.ones(3)
    with check("changes"):
        x.add_(1)
    assert "changed its input `x`" in only_check().message
    with check("may change") as c:
        c.inplace(x).add_(1)
    assert only_check().passed


@pytest.mark.parametrize("wrap", [list, tuple, lambda ts: dict(enumerate(ts))])
def test_what_is_declared_may_be_a_collection(wrap):
    w = torch.ones(2)
    with check("steps") as c:
        c.inplace(wrap([w]))
        w.sub_(1)
    assert only_check().passed


def test_a_module_that_changes_undeclared_fails_the_check():
    net = nn.Linear(2, 1)
    with check("only looks"):
        net.reset_parameters()
    assert "changed its input `net.weight`" in only_check().message


def test_a_declared_module_may_train():
    net = nn.Linear(2, 1)
    weight = net.weight
    with check("trains") as c, torch.no_grad():
        c.inplace(net)
        weight.zero_()
    assert only_check().passed


def test_a_forbidden_call_is_found_however_it_is_reached():
    ways = {
        "function": "def f(x):\n    return torch.softmax(x, -1)",
        "method": "def f(x):\n    return x.softmax(-1)",
        "alias": "g = torch.softmax\ndef f(x):\n    return g(x, -1)",
        "by name": "def f(x):\n    return getattr(torch, 'softmax')(x, -1)",
        "helper": "def h(x):\n    return x.softmax(-1)\ndef f(x):\n    return h(x)",
        "import": "from torch import softmax as s\ndef f(x):\n    return s(x, -1)",
        "import inside": "def f(x):\n    from torch import softmax as s\n    return s(x, -1)",
        "part of an object": "class S:\n    def g(self):\n        return self.x.softmax(-1)\n"
                             "def f(x):\n    return S().g()",
        "variable": "def f(x):\n    s = torch.softmax\n    return s(x, -1)",
    }
    for way, code in ways.items():
        with pytest.raises(AssertionError, match=r"write torch\.softmax yourself"):
            forbid(written(code, way), "torch.softmax")


def test_all_below_a_forbidden_module_is_forbidden():
    ways = {
        "path": "def f(x):\n    return torch.autograd.functional.vjp(torch.exp, x)",
        "import below": "def f(x):\n    from torch.autograd.functional import vjp as d\n"
                        "    return d(torch.exp, x)",
    }
    for way, code in ways.items():
        with pytest.raises(AssertionError, match=r"write torch\.autograd yourself"):
            forbid(written(code, way), "torch.autograd")


def test_names_that_the_student_defines_are_allowed():
    ways = {
        "own function": "def softmax(x):\n    return x.exp()\ndef f(x):\n    return softmax(x)",
        "own variable": "def f(x):\n    softmax = x.exp()\n    return softmax / softmax.sum()",
        "parameter": "def f(softmax):\n    return softmax + 1",
        "inner": "def f(x):\n    def softmax(z):\n        return z.exp()\n    return softmax(x)",
        "own method": "class S:\n    def softmax(self, x):\n        return x.exp()\n"
                      "def f(x):\n    s = S()\n    return s.softmax(x)",
        "docstring": 'def f(x):\n    """A softmax."""\n    return x  # softmax',
    }
    for way, code in ways.items():
        forbid(written(code, way), "torch.softmax")


def test_a_method_of_ones_own_is_no_door_to_the_library():
    code = ("class S:\n    def softmax(self):\n        pass\n"
            "def f(x):\n    return torch.softmax(x, -1)")
    with pytest.raises(AssertionError, match=r"write torch\.softmax yourself"):
        forbid(written(code, "own method and the library"), "torch.softmax")


def test_operators_are_seen_however_they_are_reached():
    x = torch.randn(3, 4)
    way = getattr(torch.nn.functional, "soft" + "max")
    assert "_softmax" in operators_used(way, x, -1)
    assert "tanh_backward" in operators_used(torch.func.grad(lambda x: x.tanh().sum()), x)
    assert operators_used(lambda x: x.exp() / x.exp().sum(-1, keepdim=True), x) == {
        "exp", "sum", "div"}
    assert "exp" not in operators_used(lambda x: x.numpy().tolist(), x)


def test_an_error_passes_while_operators_are_recorded():
    with pytest.raises(NotImplementedError):
        operators_used(written("def f(x):\n    raise NotImplementedError()", "blank"), 1)
    assert torch.ones(2).sum() == 2  # and no recorder is left


@pytest.mark.parametrize(("message", "told"), [
    ("3 is not 4", "3 is not 4. Count."), ("is it?", "is it? Count."), ("", "Count.")])
def test_message_and_hint_are_sentences(message, told):
    assert with_hint(message, "Count.") == told


def test_an_unwritten_function_is_not_done():
    with pytest.raises(NotImplementedError):
        forbid(written("def f(x):\n    raise NotImplementedError()", "blank"), "torch.softmax")


def written(code, name):
    """The function `f` of a piece of code, as a notebook's cell would define it."""
    import linecache

    source = f"<cell {name}>"
    linecache.cache[source] = (len(code), None, code.splitlines(keepends=True), source)
    names = {"torch": torch}
    exec(compile(code, source, "exec"), names)
    return names["f"]


def test_raises_wants_the_error_and_its_words():
    with raises(ValueError, about="shape"):
        raise ValueError("the shape (2,)")
    with pytest.raises(AssertionError, match="nothing was raised"), raises(ValueError):
        pass
    with pytest.raises(AssertionError, match="should mention 'shape'"), raises(ValueError, "shape"):
        raise ValueError("no")


def test_an_attempt_says_what_stopped_it(capsys):
    with attempt("softmax"):
        raise NotImplementedError
    with attempt("softmax"):
        raise ValueError("bad")
    assert capsys.readouterr().out.startswith("softmax: not done yet\nsoftmax: ValueError: bad")


def test_remote_is_a_call_here():
    assert remote(lambda a, b: a + b, 1, 2) == 3


def test_done_counts_tasks_with_every_check_passed():
    for task, right in (("one", True), ("two", False)):
        with check("c"):
            assert right
        score(task, points=1)
    assert repr(done("one", "two", "never-run")) == "1 of 3 tasks done; 1 of 2 visible points"


def test_what_an_interrupted_cell_left_behind_counts_for_no_other():
    names = {"check": check, "score": score, "__builtins__": __builtins__}
    with pytest.raises(ZeroDivisionError):
        execute("with check('left', points=2):\n    pass\n1 / 0", "stopped", names)
    found = execute("with check('own'):\n    pass\nscore()", "next", names)
    assert [one.name for one in found.checks] == ["own"]
