import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

CSV = b"city,parcels,kilograms\nGraz,2,3.5\nWels,1,0.5\n"


@pytest.fixture
def endpoint() -> Iterator[str]:
    """An HTTP server on loopback that answers like S3."""
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(endpoint: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def test_summary_of_a_new_file(endpoint: str, s3: Any, lambda_function: Any) -> None:
    """The function reads a file after S3's event, and writes an object to another bucket."""
    for bucket in ("arrivals", "summaries"):
        s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket="arrivals", Key="parcels 2026.csv", Body=CSV)
    summaries = lambda_function("src/summaries:fn", env={"AWS_ENDPOINT_URL": endpoint})
    arrived = {"bucket": {"name": "arrivals"}, "object": {"key": "parcels+2026.csv"}}

    assert summaries.invoke({"Records": [{"s3": arrived}]}).response == {
        "written": ["parcels 2026.csv.json"]
    }
    written = s3.get_object(Bucket="summaries", Key="parcels 2026.csv.json")["Body"].read()
    assert json.loads(written) == {"rows": 2, "sums": {"parcels": 3.0, "kilograms": 4.0}}
