"""The student's side: runs cells and calls, and answers with plain data.

This process is not trusted. It holds no tests and no expected values; whatever it sends, the judge
takes as data. One message asks, one answers: [result, error, output, seconds].
"""

import builtins
import contextlib
import io
import itertools
import linecache
import operator
import random
import time

import cloudpickle
import numpy as np
import torch

from course_utils.checks.cells import NOTEBOOK_NAMES, as_python
from course_utils.grading.errors import told
from course_utils.grading.shared import Shared, change, describe, make
from course_utils.grading.values import MOST_PICTURES, Codec, pack, unpack
from course_utils.grading.wire import Lost

MOST_OUTPUT, MOST_GRAPHS = 20_000, 256


def forward(module, training, *arguments, **named):
    """Call a module after setting the training mode of each part to the judge's."""
    for part, mode in zip(module.modules(), training, strict=True):
        part.training = mode
    return module(*arguments, **named)


OPERATIONS = {
    "call": lambda function, *a, **k: function(*a, **k),
    "attribute": getattr, "item": operator.getitem, "iterate": iter, "next": next, "length": len,
    "forward": forward,
}


class Capped(io.StringIO):
    """Text that is kept up to a length; the rest is counted as written and dropped."""

    def write(self, text):
        super().write(text[: max(0, MOST_OUTPUT - self.tell())])
        return len(text)


class Worker(Codec):
    """Serves the judge's requests over a channel until it closes."""

    def __init__(self, channel):
        self.channel = channel
        self.names = {"__name__": "__main__", "__builtins__": builtins, **NOTEBOOK_NAMES}
        self.shared, self.objects, self.graphs = Shared(weak=False), {}, {}
        self.numbers, self.roots = itertools.count(1), []

    def serve(self):
        """Answer until the judge has gone."""
        while True:
            try:
                (request, *content), blobs = self.channel.receive()
                self.channel.send(*self._answer(request, content, blobs))
            except Lost:
                return

    def _answer(self, request, content, blobs):
        result = error = None
        output, back = Capped(), []
        began = time.perf_counter()
        try:
            with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
                result = getattr(self, f"do_{request}")(*content, blobs=blobs, back=back)
        except BaseException as caught:
            error, back = told(caught), []
        answer = [result, error, output.getvalue(), time.perf_counter() - began]
        return answer, back

    # requests

    def do_begin(self, generation, blobs, back):
        """Number objects so that no number of an earlier process is used again."""
        self.numbers = itertools.count(generation << 40)

    def do_run(self, code, name, number, blobs, back):
        """Run a cell as a notebook would, seeded; its figures come back as blobs."""
        code = as_python(code)
        seed(number)
        source = f"<{name}>"
        linecache.cache[source] = (len(code), None, code.splitlines(keepends=True), source)
        exec(compile(code, source, "exec"), self.names)
        back += figures()

    def do_names(self, names, blobs, back):
        """The values of names, encoded; null for those that are not defined."""
        return [self.encode(self.names[name], back) if name in self.names else None
                for name in names]

    def do_free(self, numbers, objects, blobs, back):
        """Forget what the judge no longer uses."""
        for number in numbers:
            self.shared.drop(number)
        for number in objects:
            self.objects.pop(number, None)

    def do_call(self, operation, arguments, named, state, blobs, back):
        """Operate on decoded arguments; tell the result and which shared tensors changed."""
        for one in state["changes"]:
            self.shared.take(*change(one, blobs))
        arguments, named = self.decode(arguments, blobs), self.decode(named, blobs)
        before = [layout(arguments[i]) for i in state["inplace"]]
        seed(state["seed"])
        with torch.set_grad_enabled(state["grad"]):
            result = OPERATIONS[operation](*arguments, **named)
        self.roots = []
        encoded = self.encode(result, back)
        return {
            "value": encoded, "graph": self._keep_graph(), "changes": self.shared.changes(back),
            "inplace": [self._inplace(arguments[i], old, back)
                        for i, old in zip(state["inplace"], before, strict=True)],
        }

    def do_gradient(self, graph, cotangents, numbers, blobs, back):
        """The vector-Jacobian products of a call's results, for shared tensors."""
        pairs = [(root, unpack(cotangent, blobs))
                 for root, cotangent in zip(self.graphs[graph], cotangents, strict=True)
                 if root is not None and cotangent is not None]
        gradients = torch.autograd.grad(
            [root for root, _ in pairs], [self.shared.get(number) for number in numbers],
            [cotangent for _, cotangent in pairs], allow_unused=True, retain_graph=True,
        )
        return [None if one is None else pack(one, back) for one in gradients]

    # values

    def _keep_graph(self):
        if all(root is None for root in self.roots):
            return None
        number = next(self.numbers)
        self.graphs[number] = self.roots
        self.graphs.pop(next(iter(self.graphs)) if len(self.graphs) > MOST_GRAPHS else None, None)
        return number

    def _inplace(self, value, old, back):
        """What an argument that may change has become, as far as it is no shared tensor."""
        if isinstance(value, torch.nn.Module) and layout(value) == old:
            return ["training", [part.training for part in value.modules()]]
        return self.encode(value, back)

    def encode_tensor(self, tensor, blobs):
        number = self.shared.number(tensor)
        root = tensor if number is None and tensor.grad_fn is not None else None
        self.roots.append(root)
        if number is not None:
            return ["shared", number]
        return ["tensor", [pack(tensor, blobs), root is not None]]

    def encode_object(self, value, blobs):
        number = next(self.numbers)
        self.objects[number] = value
        if isinstance(value, torch.nn.Module):
            return ["module", self._module(number, value, blobs)]
        kind = "iterator" if hasattr(value, "__next__") else "object"
        return ["handle", [number, kind, type(value).__name__]]

    def _module(self, number, module, blobs):
        """A module's parts, with their parameters and buffers as shared tensors."""
        tensors = {}

        def shared(group):
            numbers = {}
            for name, tensor in group.items():
                if tensor is not None:
                    found = self.shared.number(tensor)
                    if found is None:
                        found = -next(self.numbers)
                        self.shared.add(found, tensor)
                    numbers[name], tensors[found] = found, tensor
            return numbers

        parts = [
            [name, *kind(part), part.training, shared(part._parameters), shared(part._buffers)]
            for name, part in module.named_modules(remove_duplicate=False)
        ]
        return [number, parts, [describe(n, tensor, blobs) for n, tensor in tensors.items()]]

    def decode_object(self, kind, content, blobs):
        if kind == "shared":
            return self.shared.get(content)
        if kind == "new":
            return self._take(content, blobs)
        if kind == "handle":
            return self.objects[content]
        if kind == "part":
            number, path = content
            return self.objects[number].get_submodule(".".join(path))
        if kind == "name":
            return self.names[content]
        if kind == "pickled":  # from the judge, which is trusted
            number, news = content
            for new in news:
                self._take(new, blobs)
            return Unpickler(io.BytesIO(blobs[number]), self).load()
        return super().decode_object(kind, content, blobs)

    def _take(self, description, blobs):
        number, tensor = make(description, blobs)
        self.shared.add(number, tensor)
        return tensor


def seed(number):
    """Seed what students draw from."""
    for draw in (random.seed, np.random.seed, torch.manual_seed):
        draw(number)


def kind(module):
    """The name of a module's class, and whether it is one of torch's."""
    return type(module).__name__, type(module).__module__.startswith("torch.nn.")


def layout(value):
    """The parts of a module: name, class and which tensors they hold; None of anything else."""
    if not isinstance(value, torch.nn.Module):
        return None
    return [(name, type(part), [id(one) for one in part._parameters.values()],
             [id(one) for one in part._buffers.values()])
            for name, part in value.named_modules(remove_duplicate=False)]


class Unpickler(cloudpickle.pickle.Unpickler):
    """Unpickles what the judge sent; tensors and the student's own objects are looked up."""

    def __init__(self, file, worker):
        super().__init__(file)
        self.worker = worker

    def persistent_load(self, reference):
        kind, content = reference
        return self.worker.decode_object(kind, content, ())


def figures():
    """PNG pictures of matplotlib's open figures, which are closed."""
    import sys

    if "matplotlib.pyplot" not in sys.modules:
        return []
    plt = sys.modules["matplotlib.pyplot"]
    pictures = []
    for number in plt.get_fignums()[:MOST_PICTURES]:
        file = io.BytesIO()
        plt.figure(number).savefig(file, format="png", dpi=60)
        pictures.append(file.getvalue())
    plt.close("all")
    return pictures


if __name__ == "__main__":  # in a container, with the number of an open socket
    import socket
    import sys

    from course_utils.grading.wire import Channel

    Worker(Channel(socket.socket(fileno=int(sys.argv[1])))).serve()
