"""Splitting without leakage."""

import torch

from course_utils.data.labelled import Labelled, Split


def split(data, val=0.15, test=0.25, seed=0, groups=None):
    """Split examples at random into train, val and test, with equal shares of each class.

    data: Labelled, or a pair (x, y); x (N, ...), y (N,) of integer classes.
    val, test: shares of N.
    groups: (N,) integers; examples of one group (one writer, one patient) never part. Without it,
        examples with identical x form a group, so that no copy crosses over.
    The same seed gives the same split on every machine.
    Raises ValueError on shares that leave nothing to train on and on lengths that differ.
    """
    x, y = data
    _validate(x, y, val, test, groups)
    groups = _identical_rows(x) if groups is None else torch.as_tensor(groups)
    generator = torch.Generator().manual_seed(seed)
    parts = [[], [], []]
    for members in _groups_of_each_class(y, groups, generator):
        sizes = torch.tensor([len(rows) for rows in members]).cumsum(0)
        n = sizes[-1].item()
        for rows, end in zip(members, sizes.tolist(), strict=True):
            share = (end - len(rows) / 2) / n
            which = 2 if share < test else 1 if share < test + val else 0
            parts[which].extend(rows)
    train, val_rows, test_rows = (_shuffled(part, generator) for part in parts)
    return Split(*(Labelled(x[rows], y[rows]) for rows in (train, val_rows, test_rows)))


def _validate(x, y, val, test, groups):
    if len(x) != len(y) or (groups is not None and len(groups) != len(x)):
        lengths = (len(x), len(y)) + (() if groups is None else (len(groups),))
        raise ValueError(f"expected as many targets and groups as inputs, got lengths {lengths}")
    if min(val, test) < 0 or val + test >= 1:
        raise ValueError(
            f"expected shares val and test, neither negative, with a sum below 1, "
            f"got val={val} and test={test}"
        )


def _identical_rows(x):
    return torch.unique(x.reshape(len(x), -1), dim=0, return_inverse=True)[1]


def _groups_of_each_class(y, groups, generator):
    """For each class a list of groups in random order, each group a list of rows.

    A group counts for the class of its first row.
    """
    members = {}
    for row, group in enumerate(groups.tolist()):
        members.setdefault(group, []).append(row)
    classes = {}
    for rows in members.values():
        classes.setdefault(y[rows[0]].item(), []).append(rows)
    for label in sorted(classes):
        order = torch.randperm(len(classes[label]), generator=generator).tolist()
        yield [classes[label][i] for i in order]


def _shuffled(rows, generator):
    rows = torch.tensor(rows, dtype=torch.int64)
    return rows[torch.randperm(len(rows), generator=generator)]
