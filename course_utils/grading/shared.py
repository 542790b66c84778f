"""Tensors that judge and student's process both hold, each its own copy, and what has changed.

Both sides know a shared tensor by one number. Before a call the judge sends what changed on its
side; after it the worker tells what changed on the student's.
"""

import weakref
from dataclasses import dataclass

import torch

from course_utils.grading.values import pack, same, unpack


@dataclass
class Entry:
    """A tensor, found by calling `tensor`, with value and gradient as the other side knows them."""

    tensor: object
    key: int
    value: torch.Tensor
    grad: torch.Tensor | None


def gradient(tensor):
    """The `.grad` of a leaf, or None."""
    return tensor.grad if tensor.is_leaf else None


def describe(number, tensor, blobs):
    """A shared tensor as the other side needs it to make its own, which is a leaf there."""
    grad = gradient(tensor)
    return [number, pack(tensor, blobs), bool(tensor.requires_grad),
            isinstance(tensor, torch.nn.Parameter), None if grad is None else pack(grad, blobs)]


def make(description, blobs):
    """(number, tensor) from `describe`."""
    number, packed, requires_grad, is_parameter, grad = description
    tensor = unpack(packed, blobs)
    may = tensor.is_floating_point() or tensor.is_complex()
    if is_parameter:
        tensor = torch.nn.Parameter(tensor, bool(requires_grad and may))
    elif requires_grad and may:
        tensor.requires_grad_()
    if grad is not None:
        tensor.grad = unpack(grad, blobs)
    return number, tensor


def change(told, blobs):
    """(number, value or None, gradient or None) from one of `Shared.changes`."""
    number, value, grad = told
    return (number, None if value is None else unpack(value, blobs),
            None if grad is None else unpack(grad, blobs))


class Shared:
    """The shared tensors of one side, by number.

    weak: whether a tensor that nobody else holds is forgotten; `forgotten` then collects numbers.
    """

    def __init__(self, weak):
        self.weak, self.forgotten = weak, []
        self.entries, self.numbers = {}, {}

    def add(self, number, tensor):
        """Share `tensor` under `number`, in the state in which both sides have it now."""
        grad = gradient(tensor)
        find = weakref.ref(tensor, lambda _: self._forget(number)) if self.weak else lambda: tensor
        self.entries[number] = Entry(
            find, id(tensor), tensor.detach().clone(),
            None if grad is None else grad.detach().clone(),
        )
        self.numbers[id(tensor)] = number

    def _forget(self, number):
        self.drop(number)
        self.forgotten.append(number)

    def drop(self, number):
        """Share the tensor no longer."""
        entry = self.entries.pop(number, None)
        if entry and self.numbers.get(entry.key) == number:
            del self.numbers[entry.key]

    def get(self, number):
        """The tensor of a number, or None."""
        entry = self.entries.get(number)
        return entry and entry.tensor()

    def number(self, tensor):
        """The number of a tensor, or None when it is not shared."""
        number = self.numbers.get(id(tensor))
        return number if number is not None and self.get(number) is tensor else None

    def living(self):
        """(number, tensor) of all that are shared."""
        found = [(number, entry.tensor()) for number, entry in list(self.entries.items())]
        return [(number, tensor) for number, tensor in found if tensor is not None]

    def changes(self, blobs):
        """What the other side does not know yet: [number, value or None, gradient or None]."""
        told = []
        for number, tensor in self.living():
            entry, grad = self.entries[number], gradient(tensor)
            new_value = not same(tensor, entry.value)
            if new_value or not same(grad, entry.grad):
                told.append([number, pack(tensor, blobs) if new_value else None,
                             None if grad is None else pack(grad, blobs)])
                self.note(number)
        return told

    def note(self, number):
        """Both sides now know the tensor as it is."""
        tensor, entry = self.get(number), self.entries[number]
        grad = gradient(tensor)
        entry.value = tensor.detach().clone()
        entry.grad = None if grad is None else grad.detach().clone()

    def take(self, number, value, grad):
        """Make a tensor what the other side says; a value of None leaves it."""
        tensor = self.get(number)
        if tensor is None:
            return
        with torch.no_grad():
            if value is not None:
                if value.shape == tensor.shape and value.dtype == tensor.dtype:
                    tensor.data.copy_(value)  # views of it follow
                else:
                    tensor.data = value
            if tensor.is_leaf:
                tensor.grad = grad
        self.note(number)
