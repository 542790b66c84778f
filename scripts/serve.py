"""A folder served as a static host serves it: gzipped, from a sub-path if need be."""

import contextlib
import gzip
import mimetypes
import threading
from functools import lru_cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

PACKED = ("text/", "application/json", "application/javascript", "image/svg+xml")
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("font/woff2", ".woff2")


@lru_cache(maxsize=512)
def body(path, changed):
    """The bytes that are sent for a file, its type, and its encoding if it has one."""
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    data = path.read_bytes()
    if kind.startswith(PACKED):
        return gzip.compress(data, 9, mtime=0), kind, "gzip"
    return data, kind, None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections stay open

    def __init__(self, folder, prefix, *arguments):
        self.folder, self.prefix = folder, prefix
        super().__init__(*arguments)

    def do_GET(self):
        path = self._file()
        if path is None:
            self.send_error(404)
            return
        data, kind, encoding = body(path, path.stat().st_mtime_ns)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.end_headers()
        self.wfile.write(data)

    def _file(self):
        address = unquote(urlsplit(self.path).path)
        path = (self.folder / address.removeprefix(self.prefix)).resolve()
        if path.is_dir():
            path /= "index.html"
        inside = address.startswith(self.prefix) and path.is_relative_to(self.folder)
        return path if inside and path.is_file() else None

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def served(folder, prefix="/"):
    """The address under which a folder is served meanwhile, with a slash at its end."""
    handler = partial(Handler, Path(folder).resolve(), prefix)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{prefix}"
    finally:
        server.shutdown()
        server.server_close()
