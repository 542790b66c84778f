"""Returns iterators and sequences without end, to be stepped through by the test."""
# points: softmax-test 0
import itertools


class Endless:
    def __iter__(self):
        return itertools.count()

    def __len__(self):
        return 1 << 62

    def __getitem__(self, index):
        return 0

    def dim(self):
        return 2


def softmax(x):
    return Endless() if x.shape[-1] % 2 else range(10**18)
