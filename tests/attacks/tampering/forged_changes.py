"""Changes of tensors that are not its own, many times, with other shapes."""
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

packed = ["float64", [1], 0]
changes = itertools.cycle([
    [[1, packed, None]] * 1000, [[1, None, packed]], [["1", packed, packed]], [[{}, 1, 1]], [None],
    [[-1, packed, packed]], [[2, ["float64", [0, 5], 0], None]], 5, "abc",
    [[number, None, packed] for number in range(-50, 50)],
])


def softmax(x):
    send([{"value": ["plain", 1], "graph": 1, "changes": next(changes), "inplace": [1, 2]}, None, "",
          0.0], [bytes(8)])
