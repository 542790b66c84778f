"""Values of kinds that are names of attributes, or no text at all."""
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

kinds = itertools.cycle([
    ["__class__", 1], [["list"], []], [None, None], [{}, {}], ["handle", ["x", "iterator", None]],
    ["handle", [float("inf"), [], {}]], ["handle", 5], ["named", ["a b", ["x"], [["plain", 1]]]],
    ["named", ["t", ["__class__"], [["plain", 1]]]], ["named", ["t", ["a"] * 2, []]], ["torch", [1]],
    ["torch", ["device", "nowhere:1"]], ["complex", ["a", "b"]], ["size", ["a"]], ["plain", {}],
    ["dict", [[["list", []], ["plain", 1]]]], ["pickled", [0, []]], ["name", "check"], ["part", []],
])


def softmax(x):
    answer(next(kinds), [b"cos\nsystem\n(S'touch /tmp/pickled'\ntR."])
