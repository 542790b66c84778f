"""Honest: draws from all generators without a seed; graded twice it is the same."""
# cell: fit
import random

import numpy as np
import torch
from torch import nn


def fit(x, y, steps):
    model = nn.Linear(x.shape[1], 2)
    print(random.random(), np.random.rand(), torch.rand(1), model.weight)
    optimizer = torch.optim.SGD(model.parameters(), 0.5)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    return model


print(random.random(), np.random.rand(), torch.rand(1))
