"""Returns more than a message may hold."""
# points: softmax-test 0
# tells: larger than the limit
import torch


def softmax(x):
    return torch.zeros(257 << 20, dtype=torch.uint8)
