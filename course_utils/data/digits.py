"""Handwritten digits: 1797 real images that come with scikit-learn."""

from functools import cache

import torch
from sklearn.datasets import load_digits

from course_utils.data.labelled import Labelled


@cache
def _arrays():
    bunch = load_digits()
    x = torch.tensor(bunch.data, dtype=torch.float32) / 16  # the scanner's counts go from 0 to 16
    return x, torch.tensor(bunch.target, dtype=torch.int64)


def digits(flat=True):
    """The 1797 digits: x float32 in [0, 1], (1797, 64) or (1797, 1, 8, 8); y int64 (1797,).

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine
    Learning Repository, 1998; the test part, as bundled with scikit-learn.
    """
    x, y = _arrays()
    return Labelled(x.clone() if flat else x.reshape(-1, 1, 8, 8).clone(), y.clone())


def shifted(x, pixels=1, seed=None):
    """Copies of square images, each moved by up to `pixels` in both axes; zeros come in.

    x: (B, side * side) or (B, 1, side, side). Returns a new tensor of the same shape.
    The copies are not in any data set, so their labels cannot be looked up.
    """
    side = round(x[0].numel() ** 0.5)
    if side * side != x[0].numel() or not 0 <= pixels < side:
        raise ValueError(
            f"expected square images moved by less than their side, got x of shape "
            f"{tuple(x.shape)} and pixels={pixels}; give (B, side * side) or (B, 1, side, side)"
        )
    generator = torch.Generator().manual_seed(seed) if seed is not None else None
    offsets = torch.randint(0, 2 * pixels + 1, (2, len(x), 1), generator=generator)  # (2, B, 1)
    rows, columns = (offsets + torch.arange(side)).to(x.device)  # (B, side) each
    padded = torch.nn.functional.pad(x.reshape(-1, side, side), [pixels] * 4)
    image = torch.arange(len(x), device=x.device)[:, None, None]
    return padded[image, rows[:, :, None], columns[:, None, :]].reshape(x.shape)
