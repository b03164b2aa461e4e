import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from archiver.handler import handler, keep

CREDENTIALS = {
    "type": "authorized_user",
    "client_id": "dummy",
    "client_secret": "dummy",
    "refresh_token": "dummy",
}


class CloudStorage(HTTPServer):
    """A server on loopback that answers uploads like Google's API."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Upload)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.seen: list[tuple[str, bytes]] = []


class Upload(BaseHTTPRequestHandler):
    server: CloudStorage

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, body))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def cloud_storage(monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudStorage]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with CloudStorage() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_record_is_kept_under_its_identifier(cloud_storage: CloudStorage) -> None:
    """Each record becomes one object with its JSON."""
    client = storage.Client(
        project="p",
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": cloud_storage.url},
    )

    assert keep([{"id": 1, "who": "ana"}], client.bucket("b")) == ["records/1.json"]
    ((path, body),) = cloud_storage.seen
    assert path.startswith("/upload/storage/v1/b/b/o?")
    assert b'{"id": 1, "who": "ana"}' in body


def test_event_without_records() -> None:
    """The function reads the credentials, but requests no token."""
    event = {"credentials": CREDENTIALS, "project": "p", "bucket": "b", "records": []}

    assert handler(event, None) == {"kept": []}
