"""An HTTP server that only this machine reaches."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

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
