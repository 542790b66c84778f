"""A list of many tensors that all point to the same large blob."""
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


def softmax(x):
    one = ["tensor", [["uint8", [20_000_000], 0], False]]
    answer(["list", [one] * 100_000], [bytes(20_000_000)])
