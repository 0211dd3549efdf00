"""A web server for tests: `portal.py FILE HOST PORT [HOST PORT …]`.

FILE holds what it is, read at every request: `open` answers /ok with `success` and /204 with 204,
`portal` answers 200 and a form to everything, `shut` hangs up.
"""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FILE = Path(sys.argv[1])


class Handler(BaseHTTPRequestHandler):
    """Answers as FILE says."""

    def do_GET(self) -> None:
        mode = FILE.read_text().strip()
        if mode == "shut":
            self.close_connection = True
            return
        if mode == "portal":
            self._answer(200, b"<form>name, room, and a promise</form>")
        elif self.path == "/204":
            self._answer(204, b"")
        else:
            self._answer(200, b"success\n")

    def _answer(self, code: int, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


for host, port in zip(sys.argv[2::2], sys.argv[3::2], strict=True):
    server = ThreadingHTTPServer((host, int(port)), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
