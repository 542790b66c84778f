"""A message with millions of empty blobs, or with sizes that are none."""
# points: softmax-test 0
# tells: limit
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
    send([None, None, "", 0], sizes=[0] * 3_000_000 if x.dim() == 2 else ["1", -1, None])
    return x
