"""Messages between the judge and the process of the student's code: JSON and raw bytes.

A message is a tree of plain data and a list of blobs. On the wire: eight bytes with the length of
the head, the head (JSON: the tree and the blobs' sizes), and the blobs. Nothing is ever unpickled
by the receiver, and what is too large or malformed ends the connection.
"""

import json
import struct

MOST_HEAD, MOST_BLOBS = 16 << 20, 256 << 20  # bytes
MOST_COUNT = 10_000  # blobs
LENGTH = struct.Struct("<Q")


class Lost(Exception):
    """The other process is gone, or what it sent is no message; the text says which."""

    kind, line = "the process of your code is gone", ""  # for the student


class Late(Lost):
    """It took longer than it may."""


class Channel:
    """Messages over a connected stream socket.

    watch: called at least every `tick` seconds while the other side is waited for; what it raises
        ends the wait. Its `restart()` is called with each message sent, its `rest()` with each
        that came.
    """

    def __init__(self, sock, watch=None, tick=0.1):
        self.sock, self.watch = sock, watch
        self.sock.settimeout(tick if watch else None)

    def send(self, tree, blobs=()):
        """Send a message; raises Lost when nobody is there to receive it."""
        if self.watch:
            self.watch.restart()
        head = json.dumps([tree, [len(blob) for blob in blobs]]).encode()
        data = memoryview(b"".join([LENGTH.pack(len(head)), head, *blobs]))
        while data:
            data = data[self._waiting(self.sock.send, data):]

    def receive(self):
        """The next message, (tree, blobs); raises Lost when there is none to come."""
        (size,) = LENGTH.unpack(self._read(LENGTH.size, LENGTH.size))
        try:
            tree, sizes = json.loads(self._read(size, MOST_HEAD))
            if any(type(n) is not int or n < 0 for n in sizes):
                raise ValueError("a size that is none")
        except (ValueError, TypeError, RecursionError) as error:
            raise Lost("what it sent is no message") from error
        if sum(sizes) > MOST_BLOBS or len(sizes) > MOST_COUNT:
            raise Lost("what it sent is larger than the limit")
        blobs = [self._read(n, MOST_BLOBS) for n in sizes]
        if self.watch:
            self.watch.rest()
        return tree, blobs

    def close(self):
        """Let the other side know that nobody is here any more."""
        self.sock.close()

    def _read(self, size, most):
        if size > most:
            raise Lost("what it sent is larger than the limit")
        buffer = bytearray(size)
        rest = memoryview(buffer)
        while rest:
            got = self._waiting(self.sock.recv_into, rest)
            if not got:
                raise Lost("it ended")
            rest = rest[got:]
        return buffer

    def _waiting(self, operation, data):
        """One socket operation, with the watch called as long as it takes."""
        while True:
            if self.watch:
                self.watch()
            try:
                return operation(data)
            except TimeoutError:
                continue
            except OSError as error:
                raise Lost("it ended") from error
