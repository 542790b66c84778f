"""A judge and a student's process: what crosses, what may change, and what is refused."""

import collections
import itertools
import math
import socket
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

from course_utils.checks import check, hooks, operators_used
from course_utils.grading.errors import StudentError, as_error
from course_utils.grading.handles import Handle, Mirror
from course_utils.grading.judge import Judge
from course_utils.grading.values import Codec, Malformed, pack, text, unpack
from course_utils.grading.wire import Channel, Lost
from tests.conftest import ROOT

CELL = '''
import itertools
import random
import torch
from torch import nn

calls = []


def echo(*values):
    return values[0] if len(values) == 1 else values


def softmax(x):
    e = torch.exp(x - x.max(-1, keepdim=True).values)
    return e / e.sum(-1, keepdim=True)


def fail(kind, message):
    raise {"value": ValueError, "own": Own, "stop": StopIteration, "key": KeyError,
           "exit": SystemExit}[kind](message)


class Own(ValueError):
    pass


class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.width = width
        self.first, self.second = nn.Linear(3, width), nn.Linear(width, 2)
        self.dropout = nn.Dropout(0.5)
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x):
        self.calls += 1
        return self.second(self.dropout(torch.relu(self.first(x))))


class Descent:
    def __init__(self, parameters, rate):
        self.parameters, self.rate = list(parameters), rate

    def step(self):
        with torch.no_grad():
            for parameter in self.parameters:
                parameter -= self.rate * parameter.grad


def scale(x):
    x *= 2
    return x


def train(model, x, y, steps):
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
    return loss.item()


def batches(x, size):
    for start in range(0, len(x), size):
        yield x[start : start + size]


def grow(items, table):
    items.append(len(items))
    table["n"] = items
    return items


def apply(function, x):
    return function(x)


def fast_gradient(model, x, size):
    x = x.clone().requires_grad_()
    model(x).sum().backward()
    return (x + size * x.grad.sign()).detach()


def draw():
    return random.random(), torch.rand(2)


def quit_now():
    import os
    os._exit(1)
'''


@pytest.fixture(scope="module")
def judge():
    """A judge of a process without a sandbox."""
    processes = []

    def connect():
        here, there = socket.socketpair()
        with there:
            processes.append(subprocess.Popen(
                [sys.executable, "-m", "course_utils.grading.worker", str(there.fileno())],
                pass_fds=[there.fileno()], cwd=ROOT))
        return Channel(here)

    one = Judge(connect, again=lambda: one.run(CELL, "cell"))
    one.run(CELL, "cell")
    yield one
    one.channel.close()
    for process in processes:
        process.wait(30)


@pytest.fixture
def student(judge):
    """What the cell defines."""
    names = [line.split()[1].split("(")[0].rstrip(":") for line in CELL.splitlines()
             if line.startswith(("def ", "class "))]
    return type("Names", (), {name: staticmethod(one) for name, one in judge.names(names).items()})


# ---------------------------------------------------------------- values

Point = collections.namedtuple("Point", "x y")


@pytest.mark.parametrize("value", [
    None, True, 3, -(10**30), 2.5, math.inf, "text \0 \ud800", 1 + 2j, [1, [2]], (1,), {1, 2},
    frozenset("ab"), {"a": [1], 2: None}, range(2, 9, 3), torch.Size([2, 3]), torch.float16,
    torch.device("cpu"), [], {},
], ids=repr)
def test_plain_values_cross_both_ways(student, value):
    came = student.echo(value)
    assert type(came) is type(value)
    assert came == value


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16, torch.int8,
                                   torch.bool, torch.complex64])
def test_tensors_cross(student, dtype):
    for shape in ((), (0, 3), (2, 3)):
        tensor = (torch.rand(shape) * 2).to(dtype)
        came = student.echo(tensor.clone(), 1)[0]
        assert came.dtype == dtype
        assert came.equal(tensor)


def test_arrays_and_numbers_of_numpy_cross(student):
    for value in (np.arange(6.0).reshape(2, 3), np.float32(2.5), np.array([True])):
        came = student.echo(value)
        assert type(came) is type(value)
        np.testing.assert_array_equal(came, value)
    assert math.isnan(student.echo(math.nan))


def test_named_tuples_cross(student):
    came = student.echo(Point(1, torch.ones(2)))
    assert came.x == 1
    assert came._fields == ("x", "y")


def test_the_same_tensor_stays_the_same(student):
    x = torch.ones(3)
    a, b = student.echo(x, x)
    assert a is b is x


# ---------------------------------------------------------------- gradients and modules

def test_gradients_pass_through_calls(student):
    x = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(student.softmax, x)
    student.softmax(student.softmax(x))[:, 0].sum().backward()
    wanted = torch.softmax(torch.softmax(x, -1), -1)[:, 0].sum()
    torch.testing.assert_close(x.grad, torch.autograd.grad(wanted, x)[0])
    with torch.no_grad():
        assert not student.softmax(x).requires_grad


def test_a_students_module_is_a_module(student):
    net = student.Net(5)
    assert isinstance(net, Mirror)
    assert isinstance(net.first, nn.Linear)
    assert [name for name, _ in net.named_parameters()] == [
        "first.weight", "first.bias", "second.weight", "second.bias"]
    assert net.width == 5
    other = student.Net(5)
    other.load_state_dict(net.state_dict())
    x = torch.randn(4, 3)
    torch.testing.assert_close(net.eval()(x), other.eval()(x))
    assert not net.train()(x).equal(net(x))  # dropout
    assert net.calls == 3


def test_the_tests_own_loop_trains_a_students_module(student):
    torch.manual_seed(0)
    net, x, y = student.Net(8).eval(), torch.randn(16, 3), torch.randn(16, 2)
    optimizer = torch.optim.Adam(net.parameters(), 0.05)
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(net(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]


def test_a_students_loop_trains_its_module_and_a_declared_one(student):
    x, y = torch.randn(16, 3), torch.randn(16, 2)
    net = student.Net(8).eval()
    first = student.train(net, x, y, 1)
    assert student.train(net, x, y, 50) < first
    model = nn.Linear(3, 2)
    before = model.weight.detach().clone()
    with check("trains") as c:
        student.train(c.inplace(model), x, y, 5)
    assert c.passed
    assert not model.weight.equal(before)


def test_a_students_optimizer_steps_the_tests_model(student):
    model, copy = nn.Linear(3, 2), nn.Linear(3, 2)
    copy.load_state_dict(model.state_dict())
    for one in (model, copy):
        one(torch.ones(1, 3)).sum().backward()
    with check("steps") as c:
        student.Descent(list(c.inplace(model).parameters()), 0.1).step()
    torch.optim.SGD(copy.parameters(), 0.1).step()
    assert c.passed
    torch.testing.assert_close(model.weight, copy.weight)


# ---------------------------------------------------------------- what may change

def test_a_changed_input_is_an_error_and_stays_as_it_was(student):
    x = torch.ones(3)
    with check("pure") as c:
        student.scale(x)
    assert "changed its input `x`" in c.message
    assert x.equal(torch.ones(3))


def test_a_declared_input_changes(student):
    x = torch.ones(3)
    with check("in place") as c:
        assert student.scale(c.inplace(x)) is x
    assert c.passed
    assert x.equal(2 * torch.ones(3))


def test_declared_lists_and_dicts_change(student):
    items, table = [0], {}
    with check("grows") as c:
        student.grow(c.inplace(items), c.inplace(table))
    assert items == [0, 1]
    assert table == {"n": [0, 1]}


# ---------------------------------------------------------------- functions and iterators

def test_functions_of_the_test_run_beside_the_student(student):
    power = 3
    assert student.apply(lambda x: x**power, 2) == 8
    x = torch.tensor(2.0, requires_grad=True)
    student.apply(lambda v: v**power, x).backward()
    assert x.grad == 12


def test_operators_are_recorded_beside_the_student(student, judge, monkeypatch):
    monkeypatch.setattr(hooks, "beside", lambda fn, *args: judge.call("call", (fn, *args), {}))
    assert {"exp", "max", "sum", "div"} <= operators_used(student.softmax, torch.ones(2, 3))


def test_generators_are_stepped_through(student):
    parts = list(student.batches(torch.arange(7), 3))
    assert [len(part) for part in parts] == [3, 3, 1]
    assert list(itertools.islice(student.batches(torch.arange(7), 1), 2)) == [0, 1]


def test_attacks_on_inputs_by_gradient(student):
    model, x = student.Net(4).eval(), torch.zeros(2, 3)
    assert student.fast_gradient(model, x, 0.1).abs().max() <= 0.1 + 1e-6


def test_draws_repeat_with_the_tests_seed_and_do_not_tell_it(student):
    torch.manual_seed(3)
    first = student.draw()
    torch.manual_seed(3)
    assert str(student.draw()) == str(first)
    assert str(student.draw()) != str(first)
    torch.manual_seed(3)
    assert not torch.rand(2).equal(first[1])


@pytest.mark.parametrize("use", [
    lambda one: one == 1, lambda one: one != 1, bool, float, lambda one: 1 in one,
    lambda one: one < 2, lambda one: setattr(one, "rate", 1),
], ids=["==", "!=", "bool", "float", "in", "<", "setattr"])
def test_handles_cannot_claim_to_be_anything(student, use):
    one = student.Descent([], 0.1)
    assert type(one) is Handle
    assert one.rate == 0.1
    with pytest.raises(TypeError):
        use(one)


# ---------------------------------------------------------------- errors

def test_errors_keep_class_message_and_line(student):
    with pytest.raises(ValueError, match="too large") as caught:
        student.fail("value", "too large")
    assert "raise" in caught.value.line or "KeyError" in caught.value.line
    with pytest.raises(ValueError, match="mine") as caught:
        student.fail("own", "mine")
    assert caught.value.kind == "Own"
    with pytest.raises(KeyError) as caught:
        student.fail("key", "name")
    assert caught.value.args == ("name",)


@pytest.mark.parametrize("kind", ["stop", "exit"])
def test_errors_that_would_end_the_test_do_not(student, kind):
    with pytest.raises(StudentError):
        list(map(student.fail, [kind], ["x"]))


@pytest.mark.parametrize("told", [
    [["GeneratorExit", "BaseException"], "m", "", None, ""], [[5], {}, [], 5, None],
    [["UnicodeDecodeError"], "m", "", None, ""], [["exit", "print", "__import__"], "", "", 0, ""],
])
def test_forged_errors_are_ordinary_ones(told):
    assert type(as_error(told)) is StudentError


def test_a_lost_process_is_replaced(student, judge):
    with pytest.raises(Lost):
        student.quit_now()
    assert student.echo(5) == 5
    assert judge.generation == 2


# ---------------------------------------------------------------- nonsense

@pytest.mark.parametrize("packed", [
    ["float64", [math.nan], 0], ["float64", [-1, -1], 0], ["float64", [1 << 62, 1 << 62, 0], 0],
    ["float64", [1] * 5000, 0], ["object", [1], 0], [["float64"], [1], 0], ["float64", "1", 0],
    ["float64", [True], 0], ["float64", [1], "0"], ["float64", [2], 0], ["quint8", [8], 0], None, 5,
])
def test_tensors_that_are_none(packed):
    with pytest.raises(Malformed):
        unpack(packed, [bytearray(8)])


def test_a_blob_is_used_once():
    blobs = []
    packed = pack(torch.ones(2), blobs)
    blobs = [bytearray(blob) for blob in blobs]
    assert unpack(packed, blobs).equal(torch.ones(2))
    with pytest.raises(Malformed):
        unpack(packed, blobs)


def test_truth_values_are_true_or_false():
    odd = unpack(["bool", [4], 0], [bytearray([0, 1, 2, 255])])
    assert odd.view(torch.uint8).tolist() == [0, 1, 1, 1]


@pytest.mark.parametrize("encoded", [
    ["range", [0, 10**30, 1]], ["range", [0, 1, 0]], ["int", "9" * 10_000], ["int", "x"],
    ["complex", ["a", "b"]], ["torch", ["device", "nowhere"]], ["torch", [1]], ["size", ["a"]],
    ["named", ["a b", ["x"], [["plain", 1]]]], ["named", ["t", ["__class__"], [["plain", 1]]]],
    ["named", ["t", ["a"] * 500, []]], ["set", [["plain", n] for n in range(30_000)]],
    ["dict", [[["list", []], ["plain", 1]]]], ["__class__", 1], [["list"], []], [{}, {}], "ab", 5,
    eval("['list',[" * 80 + "]]" * 80) and ["list", [["plain", []]]],
], ids=lambda one: str(one)[:30])
def test_values_that_are_none(encoded):
    with pytest.raises(Malformed):
        Codec().decode(encoded, [])


def test_texts_can_be_written():
    assert text("a\0b\ud800\x1b[0m" + "c" * 50, 9) == "a\ufffdb\ufffd\x1b[0mc"


@pytest.mark.parametrize("shape", [[10**4000], [0] * 33, [0, 10**13], [10] * 10**6, [-1], [True]])
def test_a_shape_that_is_none_is_refused_before_it_is_multiplied(shape):
    with pytest.raises(Malformed, match="none"):
        unpack(["float32", shape, 0], [b""])
