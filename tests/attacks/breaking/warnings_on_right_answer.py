"""Honest: a right answer with warnings and text on standard error."""
import logging
import sys
import warnings

import torch


def softmax(x):
    """Each row of x as shares that sum to one."""
    warnings.warn("about to exponentiate", RuntimeWarning, stacklevel=1)
    print("noise", file=sys.stderr)
    logging.getLogger().warning("more noise")
    if x.dim() != 2:
        raise ValueError("softmax takes a matrix")
    shares = torch.exp(x - x.max(1, keepdim=True).values)
    return shares / shares.sum(1, keepdim=True)
