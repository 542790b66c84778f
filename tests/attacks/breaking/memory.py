"""Allocates 30 GB, at once and bit by bit."""
# points: softmax-test 0, step-test any, fit-test any
import torch


def softmax(x):
    kept = []
    try:
        torch.ones(30 << 30, dtype=torch.uint8)
    except RuntimeError:
        for _ in range(300):
            kept.append(bytearray(100 << 20))
    return x
