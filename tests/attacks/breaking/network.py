"""Reaches for the network in several ways."""
# cell: top
# tells: nothing reached
# lacks: REACHED
import socket
import urllib.request

reached = []
for address in (("1.1.1.1", 53), ("127.0.0.1", 22), ("127.0.0.1", 80), ("::1", 80)):
    try:
        reached.append(socket.create_connection(address, timeout=0.3))
    except OSError:
        pass
try:
    reached.append(urllib.request.urlopen("http://example.org", timeout=0.3))
except OSError:
    pass
print("REACHED" if reached else "nothing reached")
