"""The file begins with a byte order mark."""
import json


def damage(notebook, folder):
    return b"\xef\xbb\xbf" + json.dumps(notebook).encode()
