"""Figures in the course's style, from arrays and histories. Knows numpy and matplotlib only."""

import html
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

STYLE = Path(__file__).with_name("course.mplstyle")


def use_style():
    """Set the course's style and, inside IPython, figures as SVG with stable bytes."""
    plt.style.use(STYLE)
    try:
        from IPython import get_ipython
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:
        return
    if get_ipython() is not None:
        set_matplotlib_formats("svg", metadata={"Date": None})


def label_end(ax, x, y, text, color=None, dx=8, dy=0):
    """Write `text` beside the point (x, y), `dx` and `dy` points away, in place of a legend."""
    return ax.annotate(
        text, (x, y), xytext=(dx, dy), textcoords="offset points", va="center", color=color,
        annotation_clip=False,
    )


def curves(ax, steps, runs, label=None, style="C0-", dy=0):
    """Draw the mean of runs over seeds as a line, and a band from the lowest to the highest.

    steps: (T,). runs: (S, T), one row a seed, or (T,) for a single run.
    label: written at the line's end, moved up by `dy` points.
    style: a format string such as "C1--".
    """
    steps, runs = np.asarray(steps), np.atleast_2d(np.asarray(runs))
    if runs.shape[-1] != len(steps):
        raise ValueError(
            f"expected runs of shape (seeds, {len(steps)}) for {len(steps)} steps, got {runs.shape}"
        )
    (line,) = ax.plot(steps, runs.mean(0), style)
    if len(runs) > 1:
        ax.fill_between(
            steps, runs.min(0), runs.max(0), color=line.get_color(), alpha=0.18, linewidth=0
        )
    if label:
        label_end(ax, steps[-1], runs.mean(0)[-1], label, dy=dy)
    return line


class Table:
    """Rows of numbers with a heading, shown as HTML in a notebook or on a page."""

    def __init__(self, head, rows):
        self.head, self.rows = list(map(str, head)), [list(map(_cell, row)) for row in rows]
        for row in self.rows:
            if len(row) != len(self.head):
                raise ValueError(f"expected {len(self.head)} cells in each row, got {row}")

    def __repr__(self):
        columns = zip(self.head, *self.rows, strict=True)
        widths = [max(map(len, column)) for column in columns]
        lines = [self.head, *self.rows]
        return "\n".join(
            "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
            for line in lines
        )

    def _repr_html_(self):
        head = "".join(
            f'<th scope="col">{html.escape(cell)}</th>' if cell else "<td></td>"
            for cell in self.head
        )
        body = "".join(
            f'<tr><th scope="row">{html.escape(row[0])}</th>'
            + "".join(f"<td>{html.escape(cell)}</td>" for cell in row[1:])
            + "</tr>"
            for row in self.rows
        )
        return (  # a wide table scrolls by itself, by keyboard as well
            '<div class="numbers" tabindex="0" role="group" aria-label="Table">'
            f'<table class="table"><thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>"
        )


def _cell(value):
    if isinstance(value, str | int):
        return str(value)
    return f"{float(value):.4g}" if np.ndim(value) == 0 else str(value)


def table(head, rows):
    """The numbers behind a figure: `head` names the columns, the first cell of a row names the row.

    Floats are shown with four digits; give a text to choose others.
    """
    return Table(head, rows)
