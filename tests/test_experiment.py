"""Experiments: spread over seeds, paired differences, and claims that say how they came out."""

import math
import sys
from statistics import stdev

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from course_utils.experiment import Runs, cited, claim, definition, glue, paired, pending, repeat

NUMBERS = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=12)


@given(NUMBERS)
def test_mean_spread_and_interval_are_the_textbooks(values):
    runs = Runs(values)
    assert runs.mean == pytest.approx(sum(values) / len(values), abs=1e-9)
    assert runs.sd == pytest.approx(stdev(values), abs=1e-9)
    if runs.sd > 1e-6:
        error = stdev(values) / math.sqrt(len(values))
        expected = stats.t.interval(0.95, len(values) - 1, runs.mean, error)
        assert runs.interval == pytest.approx(expected, abs=1e-6)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    generator = torch.Generator().manual_seed(0)
    hits = 0
    for _ in range(2000):
        low, high = Runs(torch.randn(5, generator=generator)).interval
        hits += low < 0 < high
    assert 0.93 < hits / 2000 < 0.97  # 95 %, with four standard errors of room


def test_one_seed_has_no_spread():
    with pytest.raises(ValueError, match="one run has no spread"):
        Runs([1.0])


def test_it_prints_mean_and_spread():
    runs = Runs([1.0, 2.0, 3.0])
    assert f"{runs:.2f}" == "2.00\u00a0±\u00a01.00"
    assert str(runs) == "2\u00a0±\u00a01"


def test_repeat_calls_with_each_seed():
    assert repeat(float, 3).values.tolist() == [0, 1, 2]
    assert repeat(float, seeds=(7, 9)).values.tolist() == [7, 9]
    both = repeat(lambda seed: {"curve": [seed, 2 * seed], "last": torch.tensor(seed)}, 3)
    assert both["curve"].mean.tolist() == [1, 2]
    assert both["curve"][1].values.tolist() == [0, 2, 4]
    assert both["last"].mean == 1


def test_pairs_cancel_what_the_seeds_share():
    noise = torch.randn(8)
    difference = paired(Runs(noise + 1), Runs(noise))
    assert difference.mean == pytest.approx(1)
    assert difference.sd < 1e-6
    with pytest.raises(ValueError, match="the same seeds"):
        paired(Runs([1.0, 2.0]), Runs([1.0, 2.0, 3.0]))


@pytest.mark.parametrize(
    ("holds", "expect", "verdict", "as_declared"),
    [
        (True, "holds", "holds", True), (False, "holds", "refuted", False),
        (False, "refuted", "refuted", True), (True, "refuted", "holds", False),
        (None, "undecided", "undecided", True), (None, "holds", "undecided", False),
    ],
)
def test_a_claims_verdict(holds, expect, verdict, as_declared):
    made = claim("a-claim", "It is so.", holds=holds, expect=expect, measured="1")
    assert (made.verdict, made.as_declared) == (verdict, as_declared)


def test_a_claim_about_time_fails_nothing():
    assert claim("fast", "It is fast.", holds=False, timing=True, measured="1 s").as_declared


def test_a_claim_shows_itself_everywhere():
    made = claim("a-claim", "Two <is> $2$.", holds=True, measured="2 nats", seeds=range(5))
    bundle = made._repr_mimebundle_()
    assert repr(made) == "holds: Two <is> $2$. [a-claim] measured 2 nats; 5 seeds"
    assert "Two &lt;is&gt;" in bundle["text/html"]
    assert bundle["text/markdown"].splitlines()[:2] == ["```{claim} a-claim", ":verdict: holds"]
    assert ":seeds: 5" in bundle["text/markdown"]


def test_what_is_not_measured_says_so():
    assert definition("word", "It is called so.").verdict == "definition"
    assert "Smith 1999, May 2020" in repr(cited("fact", "It was so.", "Smith 1999", "May 2020"))
    assert repr(pending("plan", "It will be so.")).startswith("not yet measured")


@pytest.mark.parametrize("name", ["Loss", "loss_at", "-loss", "a b", ""])
def test_a_claims_name_is_a_slug(name):
    with pytest.raises(ValueError, match="lower-case words with hyphens"):
        claim(name, "It is so.", holds=True)


def test_only_verdicts_can_be_expected():
    with pytest.raises(ValueError, match="got 'true'"):
        claim("a", "It is so.", holds=True, expect="true")


def test_a_value_for_the_book_is_shown_elsewhere_if_it_is_a_table(monkeypatch):
    class Table:
        def _repr_html_(self):
            return "<table></table>"

    shown, table = [], Table()
    monkeypatch.setitem(sys.modules, "myst_nb", None)
    monkeypatch.setattr("IPython.display.display", shown.append)
    glue("words", "41.5", display=False)
    glue("table", table, display=False)
    assert shown == [table]
