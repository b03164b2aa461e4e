import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from cloudtrail.handler import handler

LOG = gzip.compress(
    json.dumps(
        {
            "Records": [
                {
                    "eventID": "1",
                    "eventTime": "2026-11-01T12:00:00Z",
                    "eventSource": "s3.amazonaws.com",
                    "eventName": "DeleteBucket",
                    "readOnly": False,
                },
                {"eventID": "2", "eventName": "ListBuckets", "readOnly": True},
            ]
        }
    ).encode()
)
EVENT = {"Records": [{"s3": {"bucket": {"name": "trail"}, "object": {"key": "a+log.json.gz"}}}]}


class Cloud(HTTPServer):
    """A server on loopback that answers like S3 and an OpenSearch domain."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.seen: list[str] = []
        self.signature = ""
        self.indexed = b""
        self.search_status = 200


class Exchange(BaseHTTPRequestHandler):
    server: Cloud

    def do_GET(self) -> None:
        self.server.seen.append(self.requestline)
        self.answer(200, LOG)

    def do_POST(self) -> None:
        self.server.seen.append(self.requestline)
        self.server.signature = self.headers["Authorization"]
        self.server.indexed = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(self.server.search_status, b"{}")

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with Cloud() as server:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "dummy",
            "AWS_SECRET_ACCESS_KEY": "dummy",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL_S3": server.url,
            "SEARCH_ENDPOINT": server.url,
            "NO_PROXY": "127.0.0.1",
        }.items():
            monkeypatch.setenv(name, value)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_delivered_log_is_indexed(cloud: Cloud) -> None:
    """The function fetches the log from S3, and posts its changes in one signed request."""
    assert handler(EVENT, None) == {"read": 2, "indexed": 1}
    assert cloud.seen == [
        "GET /trail/a%20log.json.gz HTTP/1.1",
        "POST /cloudtrail/_bulk HTTP/1.1",
    ]
    assert cloud.signature.startswith("AWS4-HMAC-SHA256 Credential=dummy/")
    assert "/eu-west-1/es/aws4_request" in cloud.signature
    assert b"DeleteBucket" in cloud.indexed


def test_search_domain_refuses_a_request(cloud: Cloud) -> None:
    """The invocation fails, because Lambda repeats only failed invocations."""
    cloud.search_status = 403

    with pytest.raises(OSError, match="403"):
        handler(EVENT, None)


def test_event_without_logs(cloud: Cloud) -> None:
    """The function sends no request, and succeeds."""
    assert handler({"Records": []}, None) == {"read": 0, "indexed": 0}
    assert cloud.seen == []
