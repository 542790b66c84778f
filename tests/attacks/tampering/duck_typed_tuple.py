"""A named tuple with the attributes of a tensor."""
# points: softmax-test 0
import collections

Tensor = collections.namedtuple("Tensor", "shape dtype device layout")


def softmax(x):
    return Tensor(x.shape, x.dtype, x.device, "strided")
