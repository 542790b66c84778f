"""The trusted side: calls the student's functions, takes plain data back, never executes them.

What a call may change is only what the running check declared; anything else of the test's that
the student's side reports as changed is an error, and the test's own value stays as it was.
"""

import contextlib
import hashlib
import io
import itertools
import time
import weakref

import torch

from course_utils.checks import hooks
from course_utils.grading.errors import StudentError, as_error
from course_utils.grading.handles import (
    Across,
    Handle,
    Iterator,
    Mirror,
    Pickler,
    become,
    exchanged,
    mirror,
)
from course_utils.grading.shared import Shared, change, describe, make
from course_utils.grading.values import Codec, Malformed, pack, same, text, unpack
from course_utils.grading.wire import Late, Lost

MOST_OUTPUT = 20_000  # characters
MOST_LATE = 2  # times that it may take too long in one cell
MAY_FAIL = ("run", "call", "gradient")  # requests that run the student's code


class Judge(Codec):
    """The judge of one student's process, and of the next one when that ended.

    connect: starts a process and returns the channel to it. again: called when a process has taken
    the place of one that was lost. lost: called with the error when one ends. secret: a text that
    no student knows; without it seeds would tell what a test draws next.
    """

    def __init__(self, connect, again=lambda: None, lost=lambda error: None, secret=""):
        self.connect, self.again, self.lost, self.secret = connect, again, lost, secret
        self.channel, self.generation = None, 0
        self.numbers = itertools.count(1)
        self.seconds = self.crossing = 0.0  # of the student's own computing; of the way to it
        self.late = 0  # how often it took too long in the running cell

    # requests

    @property
    def connected(self):
        """Whether there is a process that has not ended."""
        return self.channel is not None

    def ask(self, request, *content, blobs=()):
        """Send a request; (result, output, blobs), or raise the student's error."""
        self._ready()
        began = time.perf_counter()
        with self._distrust():
            self.channel.send([request, *content], blobs)
            (result, error, output, seconds), back = self.channel.receive()
            waited = time.perf_counter() - began
            own = min(max(0.0, float(seconds)), waited)
            self.seconds, self.crossing = self.seconds + own, self.crossing + waited - own
            output = text(output, MOST_OUTPUT)
            raised = None if error is None else as_error(error, output)
            if raised is not None and request not in MAY_FAIL:
                raise raised  # which the block makes an end of the process
        if raised is not None:
            raise raised
        return result, output, back

    @contextlib.contextmanager
    def _distrust(self):
        """Whatever error the student's answer makes in the block, it ends the student's process."""
        try:
            yield
        except Exception as problem:
            lost = problem if isinstance(problem, Lost) else Lost("what it sent is no answer")
            if self.connected:
                self.channel.close()
            self.channel = None
            self.late += isinstance(lost, Late)
            self.lost(lost)
            raise lost from problem

    def _ready(self):
        if self.late >= MOST_LATE:
            raise Lost("it took too long before, in the same cell")
        if not self.connected:
            self._begin()

    def _begin(self):
        """A new process, which knows nothing of the last one's objects and tensors."""
        with self._distrust():
            self.channel = self.connect()
        self.shared = Shared(weak=True)
        self.freed, self.news, self.linked = [], [], []
        self.generation += 1
        self.ask("begin", self.generation)
        if self.generation > 1:
            self.again()
        if not self.connected:
            raise Lost("it ended again when the cells above were run")

    def run(self, code, name):
        """Run a cell in the student's process: (output, pictures)."""
        _, output, pictures = self.ask("run", code, name, self._seed(name))
        return output, pictures

    def _seed(self, drawn):
        """A seed for the student's side, from which nothing about the tests can be computed."""
        digest = hashlib.sha256(f"{self.secret}/{drawn}".encode()).digest()
        return int.from_bytes(digest[:4], "big") >> 1

    def names(self, names):
        """{name: handle or plain value} of those that the student's side defines."""
        encoded, _, blobs = self.ask("names", list(names))
        self.linked = []
        with self._distrust():
            return {
                name: self._named(name, one, blobs)
                for name, one in zip(names, encoded, strict=True) if one is not None
            }

    def _named(self, name, encoded, blobs):
        value = self.decode(encoded, blobs)
        if type(value) is Handle:
            value.__dict__["_reference"] = ["name", name]
        return value

    def call(self, operation, arguments, named):
        """Operate on arguments in the student's process; the result as plain data or handles."""
        self._ready()
        self._free()
        blobs = []
        state = {
            "changes": self.shared.changes(blobs), "grad": torch.is_grad_enabled(),
            "seed": self._seed(int(torch.randint(2**31, ()))),
            "inplace": [i for i, one in enumerate(arguments)
                        if not isinstance(one, torch.Tensor) and hooks.declared(one)],
        }
        encoded = self.encode(tuple(arguments), blobs), self.encode(named, blobs)
        try:
            answer, _, back = self.ask("call", operation, *encoded, state, blobs=blobs)
        except StopIteration as error:
            if operation == "next":
                raise
            raise StudentError(f"StopIteration: {error}") from None  # it would end a test's loop
        with self._distrust():
            return self._result(answer, arguments, state["inplace"], back)

    def _result(self, answer, arguments, inplace, back):
        for one in answer["changes"]:
            self._change(*change(one, back))
        for place, content in zip(inplace, answer["inplace"], strict=True):
            self._replace(arguments[place], content, back)
        self.linked = []
        value = self.decode(answer["value"], back)
        graph = answer["graph"]
        if graph is None or not torch.is_grad_enabled():
            return value
        return self._linked(value, graph)

    def gradient(self, graph, cotangents, numbers):
        """The vector-Jacobian products of an earlier call, one or None for each number."""
        blobs = []
        packed = [None if one is None else pack(one, blobs) for one in cotangents]
        answer, _, back = self.ask("gradient", graph, packed, numbers, blobs=blobs)
        with self._distrust():
            if len(answer) != len(numbers):
                raise Malformed("other gradients than asked for")
            return [None if one is None else unpack(one, back) for one in answer]

    # what may change

    def _change(self, number, value, grad):
        """Take over what may change; remember of all else that the student's side changed it."""
        tensor = self.shared.get(number)
        if tensor is None:
            return
        entry = self.shared.entries[number]
        value = entry.value if value is None else value
        grad = grad if tensor.is_leaf else entry.grad  # there each tensor is a leaf
        if same(value, entry.value) and same(grad, entry.grad):
            return
        if number < 0 or hooks.declared(tensor):  # the student's own, or a declared one
            self.shared.take(number, value, grad)
        else:  # it is sent again with the next call
            entry.value, entry.grad = value, grad
            hooks.note_change(tensor)

    def _replace(self, argument, content, blobs):
        """Give a declared list, dict or module the state that it has on the student's side."""
        if isinstance(argument, torch.nn.Module) and content[0] == "training":
            for part, mode in zip(argument.modules(), content[1], strict=True):
                part.training = bool(mode)
            return
        value = self.decode(content, blobs)
        if isinstance(argument, torch.nn.Module) and isinstance(value, Mirror):
            become(argument, value)
        elif type(value) is type(argument) is list:
            argument[:] = value
        elif type(value) is type(argument) is dict:
            argument.clear()
            argument.update(value)

    def _free(self):
        if self.freed or self.shared.forgotten:
            forgotten, self.shared.forgotten = self.shared.forgotten, []
            freed, self.freed = self.freed, []
            self.ask("free", forgotten, freed)

    # gradients

    def _linked(self, value, graph):
        """The value with its tensors joined to the tensors that the call may have used."""
        inputs = [tensor for _, tensor in self.shared.living() if tensor.requires_grad]
        results = Across.apply(self, graph, len(self.linked), *[t for t, _ in self.linked], *inputs)
        joined = {
            id(tensor): result
            for (tensor, grows), result in zip(self.linked, results, strict=True) if grows
        }
        return exchanged(value, joined)

    # values

    def encode_tensor(self, tensor, blobs):
        number = self.shared.number(tensor)
        if number is not None:
            return ["shared", number]
        number = next(self.numbers)
        described = describe(number, tensor, blobs)
        self.shared.add(number, tensor)
        return ["new", described]

    def encode_object(self, value, blobs):
        if isinstance(value, Handle | Mirror):
            return value.__dict__["_reference"]
        if hasattr(value, "__next__"):
            return self.encode(list(value), blobs)
        self.news = []
        file = io.BytesIO()
        Pickler(file, self).dump(value)
        news = [describe(self.shared.number(tensor), tensor, blobs) for tensor in self.news]
        blobs.append(file.getvalue())
        return ["pickled", [len(blobs) - 1, news]]

    def share(self, tensor):
        """The number of a tensor inside a pickled object; new ones are noted in `news`."""
        number = self.shared.number(tensor)
        if number is None:
            number = next(self.numbers)
            self.shared.add(number, tensor)
            self.news.append(tensor)
        return number

    def decode_object(self, kind, content, blobs):
        if kind == "tensor":
            packed, grows = content
            tensor = unpack(packed, blobs)
            self.linked.append((tensor, bool(grows) and tensor.is_floating_point()))
            return tensor
        if kind == "shared":
            tensor = self.shared.get(content)
            if tensor is None:
                raise Malformed("a tensor that was never sent")
            self.linked.append((tensor, False))
            return tensor
        if kind == "handle":
            return self._handle(*content)
        if kind == "module":
            return self._module(*content, blobs)
        return super().decode_object(kind, content, blobs)

    def _handle(self, number, kind, name):
        made = (Iterator if kind == "iterator" else Handle)(
            self, ["handle", int(number)], str(name)[:100])
        weakref.finalize(made, self.freed.append, int(number)).atexit = False
        return made

    def _module(self, number, parts, descriptions, blobs):
        tensors = {}
        for description in descriptions:
            number_of_tensor, tensor = make(description, blobs)
            known = self.shared.get(number_of_tensor)
            if type(number_of_tensor) is not int or (number_of_tensor >= 0 and known is None):
                raise Malformed("a parameter with a number that is none")
            if known is None:
                self.shared.add(number_of_tensor, tensor)
            tensors[number_of_tensor] = tensor if known is None else known
        return mirror(self, int(number), parts, tensors)
