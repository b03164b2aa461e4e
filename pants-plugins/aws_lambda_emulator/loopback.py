"""An HTTP server that only programs on this machine can reach."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

HOST = "127.0.0.1"


class LoopbackServer(ThreadingHTTPServer):
    """A server with a thread for each connection. Port 0 selects a free port.

    The threads do not keep the program alive.
    """

    daemon_threads = True
    block_on_close = False
    # How many clients may connect at once.
    request_queue_size = 128

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__((HOST, port), handler)
        self.address = f"{HOST}:{self.server_address[1]}"

    def server_bind(self) -> None:
        """Bind without looking up the host's name, because a name server may take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that close their connection before they get an answer."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)
