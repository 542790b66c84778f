"""Batches from tensors that are in memory: one index operation a batch, no worker processes."""

import math

import torch


class Batches:
    """An iterable over (x, y) batches that can be iterated any number of times.

    With `shuffle` each pass has a new order; with `seed` the passes are the same in each run.
    """

    def __init__(self, data, batch_size=64, shuffle=False, seed=None, device=None):
        if batch_size < 1:
            raise ValueError(f"expected a batch size of at least 1, got {batch_size}")
        x, y = data
        if len(x) != len(y):
            raise ValueError(f"expected as many targets as inputs, got {len(y)} and {len(x)}")
        self.x, self.y = x.to(device), y.to(device)
        self.batch_size, self.shuffle = batch_size, shuffle
        self.generator = None if seed is None else torch.Generator().manual_seed(seed)

    def __len__(self):
        return math.ceil(len(self.x) / self.batch_size)

    def __iter__(self):
        if not self.shuffle:
            yield from zip(
                self.x.split(self.batch_size), self.y.split(self.batch_size), strict=True
            )
            return
        order = torch.randperm(len(self.x), generator=self.generator).to(self.x.device)
        for rows in order.split(self.batch_size):
            yield self.x[rows], self.y[rows]


def batches(data, batch_size=64, shuffle=False, seed=None, device=None):
    """`Batches` of `data`, a Labelled or a pair of tensors with equal lengths."""
    return Batches(data, batch_size, shuffle, seed, device)
