"""Figures in the course's style, and the tables behind them."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from figures import VARIABLES, themed

from course_utils import plotting


@pytest.fixture
def ax():
    with plt.style.context(plotting.STYLE):
        fig, ax = plt.subplots()
        yield ax
        plt.close(fig)


def test_a_curve_is_the_mean_with_a_band_from_lowest_to_highest(ax):
    runs = np.array([[1.0, 2.0], [3.0, 6.0]])
    line = plotting.curves(ax, [0, 1], runs, "loss")
    assert line.get_ydata().tolist() == [2, 4]
    band = ax.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == (1, 6)
    assert ax.texts[0].get_text() == "loss"


def test_a_single_run_has_no_band(ax):
    plotting.curves(ax, [0, 1], [1.0, 2.0])
    assert len(ax.collections) == 0


def test_runs_of_another_length_are_refused(ax):
    with pytest.raises(ValueError, match=r"\(seeds, 3\) for 3 steps, got \(2, 2\)"):
        plotting.curves(ax, [0, 1, 2], [[1, 2], [3, 4]])


def test_every_colour_of_the_style_follows_the_theme():
    style = plt.style.library.get("course") or {}
    with plt.style.context(plotting.STYLE):
        cycle = plt.rcParams["axes.prop_cycle"].by_key()["color"]
        others = [plt.rcParams[f"{name}color"] for name in ("text.", "axes.label", "grid.")]
    assert style == {}  # the style is the course's own file, not an installed one
    for colour in [*cycle, *others]:
        assert f"#{colour.lstrip('#')}".lower() in VARIABLES


def test_a_themed_figure_has_variables_and_ids_of_its_own():
    svg = '<?xml version="1.0"?><svg><g id="a"/><use href="#a" style="fill: #0072b2"/></svg>'
    made = themed(svg, "f3-")
    assert "<?xml" not in made
    assert 'id="f3-a"' in made
    assert 'href="#f3-a"' in made
    assert "var(--fig-1, #0072b2)" in made


def test_a_table_is_text_and_html():
    table = plotting.table(["", "a & b"], [["x", 1], ["y", 0.123456]])
    assert repr(table).splitlines() == ["    a & b", "x       1", "y  0.1235"]
    html = table._repr_html_()
    assert "<td></td>" in html  # a heading without a word is no heading
    assert '<th scope="col">a &amp; b</th>' in html
    assert '<th scope="row">x</th>' in html


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="expected 2 cells"):
        plotting.table(["a", "b"], [[1]])
