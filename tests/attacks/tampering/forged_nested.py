"""JSON, and encoded values, nested without measure."""
# points: softmax-test 0
# tells: no message
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
    if x.dim() == 2:
        answer(eval("['list',[" * 90 + "]]" * 90) if x.shape[0] == 4 else ["plain", 0])
    text = b"[" * 8_000_000
    ours.sock.sendall(struct.pack("<Q", len(text)) + text)
