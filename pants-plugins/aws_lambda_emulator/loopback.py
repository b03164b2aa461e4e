"""An HTTP server that only this machine reaches."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

HOST = "127.0.0.1"


class LoopbackServer(ThreadingHTTPServer):
    """A thread for each connection; none of them keeps the program alive. Port 0 is any."""

    daemon_threads = True
    block_on_close = False
    # As many callers may connect at once.
    request_queue_size = 128

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__((HOST, port), handler)
        self.address = f"{HOST}:{self.server_address[1]}"

    def server_bind(self) -> None:
        """Without asking for the host's name, for which a name server may take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever does not wait for an answer leaves; that is nothing to report."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)
