"""Modules whose parts form cycles, clash, or have parameters that are none."""
# points: softmax-test 0
# tells: no answer
import json
import socket
import struct

ours = [one for one in __import__("gc").get_objects() if type(one).__name__ == "Channel"][0]


def send(tree, blobs=(), sizes=None):
    head = json.dumps([tree, sizes if sizes is not None else [len(b) for b in blobs]]).encode()
    ours.sock.sendall(struct.pack("<Q", len(head)) + head + b"".join(blobs))


def answer(value, blobs=(), changes=(), graph=None):
    send([{"value": value, "graph": graph, "changes": list(changes), "inplace": []}, None, "", 0.0],
         blobs)


import itertools

weight = [-5, ["float32", [1], 0], True, True, None]
same = [[-6, ["float32", [1], 0], True, True, None]] * 2
modules = itertools.cycle([
    [1, [], []], [1, [["a.b", "X", False, True, {}, {}]], []], [1, [["", 5, 5, 5, 5, 5]], []],
    [1, [["", "Linear", True, True, {"weight": -5}, {}]], [["x", *weight[1:]]]],
    [1, [["", "Linear", True, True, {"weight": 7}, {}]], [[7, *weight[1:]]]],
    [1, [["", "Linear", True, True, {"weight": -6}, {}]], same],
    [1, [["", "__class__", True, True, ["weight"], {}]], [weight]],
    [1, [["", "Linear", True, True, {"weight": -5}, {}],
         ["_modules", "Linear", True, True, {}, {}], ["", "Conv2d", True, True, {}, {}]], [weight]],
    [float("nan"), [["", "X", False, True, {}, {}]], []], None, 7, "module",
    [1, [["a." * 900 + "a", "X", False, True, {}, {}]], []],
])


def softmax(x):
    answer(["module", next(modules)], [bytes(4)])
