"""Experiments: the same run over several seeds, its mean and spread, and the claim it settles."""

import html
import math
import re
from dataclasses import dataclass, field

import torch
from scipy import stats

VERDICTS = ("holds", "refuted", "undecided", "definition", "cited", "pending")
WORDS = {"pending": "not yet measured"}
MARKS = {
    "holds": "●", "refuted": "✕", "undecided": "◐", "definition": "○", "cited": "○", "pending": "◌",
}


class Runs:
    """Values of one experiment over S seeds; `values` has shape (S, ...), float64."""

    def __init__(self, values):
        values = torch.as_tensor(values, dtype=torch.float64)
        if values.ndim == 0 or len(values) < 2:
            raise ValueError("expected the values of at least two seeds: one run has no spread")
        self.values = values

    @property
    def n(self):
        """Number of seeds."""
        return len(self.values)

    @property
    def mean(self):
        """Mean over the seeds: a float, or a tensor (...)."""
        return _plain(self.values.mean(0))

    @property
    def sd(self):
        """Standard deviation over the seeds, with n - 1 in the denominator."""
        return _plain(self.values.std(0))

    @property
    def interval(self):
        """The 95 % interval of the mean, (low, high), by Student's t with n - 1 degrees."""
        half = stats.t.ppf(0.975, self.n - 1) * self.values.std(0) / math.sqrt(self.n)
        return _plain(self.values.mean(0) - half), _plain(self.values.mean(0) + half)

    def __getitem__(self, index):
        """The runs at one place of each value: `runs[..., 3]`, with all seeds."""
        index = index if isinstance(index, tuple) else (index,)
        return Runs(self.values[(slice(None), *(i for i in index if i is not Ellipsis))])

    def __sub__(self, other):
        """Paired differences, seed by seed."""
        return paired(self, other)

    def __format__(self, spec):
        """Mean and spread, "0.953 ± 0.004", each by `spec`; the spaces do not break."""
        return f"{self.mean:{spec or '.4g'}}\u00a0±\u00a0{self.sd:{spec or '.4g'}}"

    def __str__(self):
        return format(self, "")

    def __repr__(self):
        return f"Runs({self}, n={self.n})" if self.values.ndim == 1 else f"Runs(n={self.n})"


def _plain(tensor):
    return tensor.item() if tensor.ndim == 0 else tensor


def repeat(fn, seeds=3):
    """Call `fn(seed)` for each seed and collect what it returns.

    seeds: how many (0, 1, ...), or the seeds themselves.
    fn returns a number, a sequence of numbers or a tensor, of the same shape each time; or a
    dict of such, and then a dict of Runs comes back.
    """
    seeds = range(seeds) if isinstance(seeds, int) else seeds
    results = [fn(seed) for seed in seeds]
    if results and isinstance(results[0], dict):
        return {key: _runs([result[key] for result in results]) for key in results[0]}
    return _runs(results)


def _runs(results):
    return Runs(
        torch.stack([torch.as_tensor(r, dtype=torch.float64).detach().cpu() for r in results])
    )


def paired(a, b):
    """Runs of the differences a - b, seed by seed: what the seeds share cancels."""
    if a.values.shape != b.values.shape:
        raise ValueError(
            f"expected the same seeds and shapes, got {tuple(a.values.shape)} and "
            f"{tuple(b.values.shape)}"
        )
    return Runs(a.values - b.values)


@dataclass
class Claim:
    """A statement, what was measured, and the verdict. Made by `claim` and its siblings.

    As the last line of a cell it shows itself: as HTML in JupyterLab, as the directive
    `{claim}` in the book, which also enters it into the ledger.
    """

    id: str
    statement: str
    verdict: str
    expect: str
    facts: dict = field(default_factory=dict)

    @property
    def as_declared(self):
        """Whether the verdict is the one that the text declares; times never fail."""
        return self.verdict == self.expect or self.facts.get("timing") == "true"

    def __repr__(self):
        word = WORDS.get(self.verdict, self.verdict)
        return f"{word}: {self.statement} [{self.id}] {self._measurement()}".rstrip()

    def _measurement(self):
        words = {"predicted": "predicted {}", "measured": "measured {}", "seeds": "{} seeds",
                 "smallest": "a difference counts from {}", "note": "{}"}
        return "; ".join(
            text.format(self.facts[name]) for name, text in words.items() if name in self.facts
        )

    def _markdown(self):
        options = {"verdict": self.verdict, "expect": self.expect, **self.facts}
        lines = [f":{name}: {value}" for name, value in options.items()]
        return "\n".join([f"```{{claim}} {self.id}", *lines, self.statement, "```"])

    def _html(self):
        word = WORDS.get(self.verdict, self.verdict).capitalize()
        surprise = "" if self.as_declared else f" (the text says: {html.escape(self.expect)})"
        return (
            '<div style="border-block:1px solid currentColor;padding:.6em 0;max-width:44em">'
            f"<strong>{MARKS[self.verdict]} {word}</strong>{surprise} "
            f"<code>{html.escape(self.id)}</code><br>{html.escape(self.statement)}<br>"
            f"<small>{html.escape(self._measurement())}</small></div>"
        )

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {
            "text/plain": repr(self),
            "text/html": self._html(),
            "text/markdown": self._markdown(),
        }


def claim(id, statement, *, holds, measured="", predicted="", seeds=None, expect="holds",
          smallest="", note="", timing=False):
    """Settle a claim by an experiment.

    id: its name in the ledger: lower case, digits, hyphens.
    statement: one sentence in MyST; with `expect="refuted"` it is what is commonly believed.
    holds: True, False, or None where the interval contains nothing worth calling a difference.
    measured, predicted, smallest: texts with units; smallest is the difference that counts,
        written before the run.
    seeds: how many, or the seeds. expect: the verdict that the text declares.
    timing: the claim is about time on this machine and never fails a build.
    """
    if expect not in ("holds", "refuted", "undecided"):
        raise ValueError(f"expect is 'holds', 'refuted' or 'undecided', got {expect!r}")
    verdict = "undecided" if holds is None else "holds" if holds else "refuted"
    count = seeds if seeds is None or isinstance(seeds, int) else len(list(seeds))
    facts = {
        "predicted": predicted, "measured": measured, "seeds": count, "smallest": smallest,
        "note": note, "timing": str(timing).lower(),
    }
    return _claim(id, statement, verdict, expect, facts)


def definition(id, statement, note=""):
    """A convention: nothing to measure."""
    return _claim(id, statement, "definition", "definition", {"note": note})


def cited(id, statement, source, date):
    """A fact about the world, with its source (a citation in MyST) and its date."""
    return _claim(id, statement, "cited", "cited", {"note": f"{source}, {date}"})


def pending(id, statement, note=""):
    """An experiment that is planned and has no result."""
    return _claim(id, statement, "pending", "pending", {"note": note})


def glue(name, value, display=True):
    """Give the book's prose a value by name; without the book, a table shows itself instead."""
    try:
        from myst_nb import glue as give
    except ModuleNotFoundError:
        from IPython.display import display as show

        if hasattr(value, "_repr_html_"):
            show(value)
    else:
        give(name, value, display=display)


def _claim(id, statement, verdict, expect, facts):
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", id):
        raise ValueError(f"expected an id of lower-case words with hyphens, got {id!r}")
    kept = {key: " ".join(str(value).split()) for key, value in facts.items()
            if value not in ("", None)}
    return Claim(id, " ".join(statement.split()), verdict, expect, kept)
