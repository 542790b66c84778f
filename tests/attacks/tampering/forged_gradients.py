"""Gradients of other shapes, in other numbers, and none."""
# points: softmax-test any, step-test any, fit-test any
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

true_send = type(ours).send
lies = itertools.cycle([[], [None] * 50, [["float64", [7], 0]], 5, None, [5]])


def lie(self, tree, blobs=()):
    if type(tree[0]) is list and len(tree) == 4 and tree[0] and type(tree[0][0]) in (list, type(None)):
        return true_send(self, [next(lies), None, "", 0.0], [bytes(56)])
    return true_send(self, tree, blobs)


type(ours).send = lie


def softmax(x):
    if x.dim() != 2:
        raise ValueError("matrix")
    return torch.exp(x) / torch.exp(x).sum(1, keepdim=True)
