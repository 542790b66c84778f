"""What the judge holds of the student's: handles that forward, never the objects themselves.

Nothing here runs the student's code. A handle can be called, indexed and iterated; asked whether it
equals something it refuses, so no object of the student's can claim to be what a test expects.
"""

from functools import cache

import cloudpickle
import torch
from torch import nn


class Handle:
    """A function, class or other object in the student's process."""

    def __init__(self, judge, reference, kind):
        # reference: ["name", of a task] or ["handle", number of an object]
        self.__dict__.update(_judge=judge, _reference=reference, _kind=kind)

    def _do(self, operation, *arguments, **named):
        return self._judge.call(operation, (self, *arguments), named)

    def __call__(self, *arguments, **named):
        return self._do("call", *arguments, **named)

    def __getattr__(self, name):
        if name == "__name__" and self._reference[0] == "name":
            return self._reference[1]
        if name.startswith("_"):
            raise AttributeError(name)
        return self._do("attribute", name)

    def __setattr__(self, name, value):
        raise TypeError(f"`{name}` of a student's {self._kind} cannot be set from here")

    def __getitem__(self, index):
        return self._do("item", index)

    def __len__(self):
        return self._do("length")

    def __iter__(self):
        return self._do("iterate")

    def __repr__(self):
        return f"<the student's {self._kind}>"

    def _refuse(self, *others):
        raise TypeError(
            f"this is a {self._kind}, not plain data: it can be called, indexed and iterated; "
            "return a tensor, a number, a text, a list or a dict to compare"
        )

    __eq__ = __ne__ = __lt__ = __gt__ = __le__ = __ge__ = _refuse
    __bool__ = __float__ = __int__ = __index__ = __contains__ = _refuse
    __hash__ = object.__hash__


class Iterator(Handle):
    """An iterator in the student's process."""

    def __iter__(self):
        return self

    def __next__(self):
        return self._do("next")


class Missing(Handle):
    """A name that the student's notebook does not define."""

    def __init__(self, name):
        self.__dict__.update(_judge=None, _reference=["name", name], _kind="missing name")

    def _do(self, operation, *arguments, **named):
        name = self._reference[1]
        raise NameError(f"name {name!r} is not defined", name=name)


class Mirror(nn.Module):
    """A student's module: its parameters are here, its forward pass is a call.

    Optimizers, state_dict, the test's own training loop and gradients work as on any module.
    """

    def forward(self, *arguments, **named):
        training = [part.training for part in self.modules()]
        return self._judge.call("forward", (self, training, *arguments), named)

    def __getattr__(self, name):
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name.startswith("_"):
                raise
            return self._judge.call("attribute", (self, name), {})

    def __getitem__(self, index):
        return list(self.children())[index]

    def __len__(self):
        return len(self._modules)


def mirror(judge, number, parts, tensors):
    """The mirror of a module from its parts, outermost first; see `Worker._module`."""
    made = {}
    for path, kind, is_torchs, training, parameters, buffers in parts:
        made_of = mirror_class(str(kind)[:100], bool(is_torchs))
        part = made_of.__new__(made_of)
        nn.Module.__init__(part)
        path = [name for name in str(path).split(".") if name]
        part.__dict__.update(_judge=judge, _reference=["part", [number, path]], _kind=str(kind))
        part.training = bool(training)
        part._parameters.update({str(n): _parameter(tensors[i]) for n, i in parameters.items()})
        part._buffers.update({str(n): tensors[i] for n, i in buffers.items()})
        made[tuple(path)] = part
        if path:
            made[tuple(path[:-1])]._modules[path[-1]] = part
    return made[()]


@cache
def mirror_class(kind, is_torchs):
    """A class of mirrors with a student's class's name; `isinstance` knows torch's own."""
    known = getattr(nn, kind, None) if is_torchs else None
    bases = (Mirror, known) if isinstance(known, type) and issubclass(known, nn.Module) else (
        Mirror,)
    return type(kind, bases, {}) if kind.isidentifier() else Mirror


def become(module, other):
    """Make a module of the test's the mirror `other`: the student exchanged some of its parts."""
    module.__class__ = other.__class__
    module.__dict__.clear()
    module.__dict__.update(other.__dict__)


def _parameter(tensor):
    if not isinstance(tensor, nn.Parameter):
        raise TypeError("a parameter that is none")
    return tensor


class Across(torch.autograd.Function):
    """Lets gradients pass through a call: forward is done already, backward asks the student."""

    @staticmethod
    def forward(ctx, judge, graph, count, *tensors):
        results, inputs = tensors[:count], tensors[count:]
        ctx.judge, ctx.graph, ctx.count = judge, graph, count
        ctx.numbers = [judge.shared.number(tensor) for tensor in inputs]
        return tuple(result.clone() for result in results)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, *cotangents):
        gradients = ctx.judge.gradient(ctx.graph, cotangents, ctx.numbers)
        return (None, None, None, *[None] * ctx.count, *gradients)


def exchanged(value, joined):
    """The value with some of its tensors exchanged, by id."""
    if isinstance(value, torch.Tensor):
        return joined.get(id(value), value)
    if type(value) in (list, tuple):
        return type(value)(exchanged(one, joined) for one in value)
    if isinstance(value, tuple):
        return type(value)(*(exchanged(one, joined) for one in value))
    if type(value) is dict:
        return {key: exchanged(one, joined) for key, one in value.items()}
    return value


class Pickler(cloudpickle.Pickler):
    """Pickles what the test passes; tensors and handles become references."""

    def __init__(self, file, judge):
        super().__init__(file)
        self.judge = judge

    def persistent_id(self, value):
        if isinstance(value, torch.Tensor):
            return ["shared", self.judge.share(value)]
        if isinstance(value, Handle | Mirror):
            return value.__dict__["_reference"]
        return None
