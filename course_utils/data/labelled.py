"""The two containers that data travel in."""

from typing import NamedTuple

from torch import Tensor


class Labelled(NamedTuple):
    """Inputs x (N, ...) and targets y (N, ...), row by row."""

    x: Tensor
    y: Tensor


class Split(NamedTuple):
    """Three sets of examples that share none."""

    train: Labelled
    val: Labelled
    test: Labelled
