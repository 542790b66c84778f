"""Tensors with impossible shapes, types, sizes and blobs."""
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

tensors = itertools.cycle([
    ["float64", [float("nan")], 0], ["float64", [-1, -1], 0], ["float64", [1 << 62, 1 << 62, 0], 0],
    ["float64", [1] * 5000, 0], ["object", [1], 0], [["float64"], [1], 0], ["float64", "11", 0],
    ["float64", {"1": 1}, 0], ["float64", [1], -7], ["float64", [1], "0"], ["float64", [True], 0],
    None, 5, {}, ["quint8", [8], 0], ["bool", [8], 0],
])


def softmax(x):
    answer(["tensor", [next(tensors), True]], [b"\x07" * 8])
