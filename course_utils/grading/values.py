"""Values as plain data: what can cross between the judge and the student's process, and how.

Each value becomes a pair [kind, content] that JSON can hold; the bytes of tensors go beside it as
blobs. What is no plain value (functions, modules, the caller's own tensors) is left to the two
sides, which extend `Codec`.
"""

import collections
import math
import re

import numpy as np
import torch

TENSOR_TYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32,
        torch.int16, torch.int8, torch.uint8, torch.bool, torch.complex64, torch.complex128,
    )
}
EXACT = 2**53  # integers beyond are written out in decimal
MOST_DIGITS, MOST_DIMENSIONS, MOST_FIELDS = 4000, 32, 100
MOST_SIZE = 2**40  # of a tensor along one dimension
MOST_KEYS = 20_000  # of a set or dict: more could be made to collide, for hours
MOST_STEPS = 10_000_000  # of a range
MOST_PICTURES = 4  # of a cell
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f\ud800-\udfff]")


class Malformed(Exception):
    """What came is no encoded value."""


def text(value, most):
    """A text that can be written and shown: cut, and without control characters and half pairs."""
    return CONTROLS.sub("\ufffd", str(value)[:most])


def pack(tensor, blobs):
    """A dense tensor as [type, shape, number of its blob]."""
    flat = tensor.detach().cpu().contiguous().reshape(-1)
    blobs.append(flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b"")
    return [str(tensor.dtype).removeprefix("torch."), list(tensor.shape), len(blobs) - 1]


def unpack(packed, blobs):
    """The tensor of `pack`; its blob becomes its memory, so none can be used twice."""
    try:
        name, shape, number = packed
        dtype, blob = TENSOR_TYPES[name], blobs[number]
        if type(shape) is not list or len(shape) > MOST_DIMENSIONS:
            raise ValueError("its shape is none")
        if any(type(n) is not int or not 0 <= n <= MOST_SIZE for n in shape):
            raise ValueError("its sizes are none")
        size = math.prod(shape)
        if size * dtype.itemsize != len(blob):
            raise ValueError(f"{len(blob)} bytes for the shape {str(shape)[:50]}")
        blobs[number] = None
        if not size:
            return torch.empty(shape, dtype=dtype)
        tensor = torch.frombuffer(blob, dtype=torch.uint8 if dtype is torch.bool else dtype)
    except (TypeError, ValueError, LookupError, RuntimeError) as error:
        raise Malformed(f"a tensor that is none: {error}") from error
    return (tensor != 0 if dtype is torch.bool else tensor).reshape(shape)


def same(a, b):
    """Whether two tensors, or None, are equal in type, shape and values; nan equals nan."""
    if a is None or b is None:
        return a is b
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    a, b = a.detach(), b.detach()
    if torch.equal(a, b):
        return True
    may_hold_nan = a.is_floating_point() or a.is_complex()
    return may_hold_nan and torch.allclose(a, b, rtol=0, atol=0, equal_nan=True)


class Codec:
    """Encodes and decodes plain values; subclasses say what happens to tensors and the rest."""

    def encode(self, value, blobs):
        """[kind, content] of a value; bytes are appended to `blobs`."""
        kind = type(value)
        if kind in (type(None), bool, str, float) or (kind is int and abs(value) < EXACT):
            return ["plain", value]
        if kind is int:
            return ["int", str(value)]
        if kind is complex:
            return ["complex", [value.real, value.imag]]
        if isinstance(value, torch.Tensor):
            return self.encode_tensor(value, blobs)
        if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biufc":
            return self._encode_numpy(value, blobs)
        if kind is torch.dtype or kind is torch.device:
            return ["torch", [kind.__name__, str(value).removeprefix("torch.")]]
        return self._encode_container(value, blobs)

    def _encode_numpy(self, value, blobs):
        try:
            tensor = torch.from_numpy(np.array(value))
        except TypeError:  # unsigned types that torch lacks
            tensor = torch.from_numpy(np.array(value).astype(np.int64))
        return ["array" if value.ndim else "number", pack(tensor, blobs)]

    def _encode_container(self, value, blobs):
        kind = type(value)
        if kind is torch.Size:
            return ["size", list(value)]
        if kind is range:
            return ["range", [value.start, value.stop, value.step]]
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            items = [self.encode(item, blobs) for item in value]
            return ["named", [kind.__name__, list(value._fields), items]]
        if kind in (list, tuple, set, frozenset):
            return [kind.__name__, [self.encode(item, blobs) for item in value]]
        if isinstance(value, dict):
            return ["dict", [[self.encode(k, blobs), self.encode(v, blobs)]
                             for k, v in value.items()]]
        return self.encode_object(value, blobs)

    def decode(self, encoded, blobs):
        """The value of [kind, content]; raises Malformed when it is none."""
        try:
            kind, content = encoded
            return self._decode(kind, content, blobs)
        except Malformed:
            raise
        except Exception as error:  # whatever nonsense makes a constructor raise
            raise Malformed(f"a value that is none: {str(error)[:200]}") from error

    def _decode(self, kind, content, blobs):
        if kind == "plain" and type(content) in (type(None), bool, str, float, int):
            return content
        if kind == "int" and len(content) <= MOST_DIGITS:
            return int(content)
        if kind == "complex":
            return complex(*content)
        if kind in ("array", "number"):
            array = unpack(content, blobs).numpy()
            return array[()] if kind == "number" else array
        if kind == "torch":
            return _torch_name(*content)
        decoded = self._decode_container(kind, content, blobs)
        return self.decode_object(kind, content, blobs) if decoded is None else decoded

    def _decode_container(self, kind, content, blobs):
        if kind == "size":
            return torch.Size(content)
        if kind == "range" and len(made := range(*content)) <= MOST_STEPS:
            return made
        if kind == "named":
            name, fields, items = content
            return _named(name, fields)(*(self.decode(item, blobs) for item in items))
        made = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}.get(kind)
        if made and (made in (list, tuple) or len(content) <= MOST_KEYS):
            return made(self.decode(item, blobs) for item in content)
        if kind == "dict" and len(content) <= MOST_KEYS:
            return {self.decode(k, blobs): self.decode(v, blobs) for k, v in content}
        return None

    def encode_tensor(self, tensor, blobs):
        """A tensor; the two sides also know tensors that they share."""
        raise NotImplementedError

    def encode_object(self, value, blobs):
        """Anything that is no plain value."""
        raise NotImplementedError

    def decode_object(self, kind, content, blobs):
        """The value of a kind that `Codec` does not know."""
        raise Malformed(f"no value is of the kind {str(kind)[:50]!r}")


def _torch_name(kind, name):
    return torch.device(name) if kind == "device" else TENSOR_TYPES[name]


def _named(name, fields):
    names = [name, *fields]
    if len(names) > MOST_FIELDS or not all(str(one).isidentifier() for one in names):
        raise Malformed("a named tuple without names")
    return collections.namedtuple(name, fields)
