"""Errors of classes that are none: GeneratorExit, numbers, dunders, deep lists."""
# points: softmax-test 0, step-test any, fit-test any
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

errors = itertools.cycle([
    [["GeneratorExit", "BaseException"], "matrix", "", None, ""], [[5], "matrix", 5, 5, 5],
    [["KeyboardInterrupt"], "matrix", "", None, ""], [["__import__", "exit", "print"], "", "", 0, ""],
    ["ValueError", {"matrix": 1}, [], {}, None], [{"a": 1}, 1, 1, 1, 1], 5, "abcde", [], [[]] * 5,
    [["UnicodeDecodeError"], "x", "", "", ""], [None, None, None, None, None],
])


def softmax(x):
    send([None, next(errors), "", 0.0])
