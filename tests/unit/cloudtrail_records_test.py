import gzip
import json

import pytest

from cloudtrail.records import documents, is_worth_indexing, read_log
from cloudtrail.search import bulk


def test_log_file_is_compressed_json() -> None:
    """CloudTrail delivers gzipped JSON with the key `Records`."""
    log = gzip.compress(json.dumps({"Records": [{"eventID": "1"}]}).encode())

    assert read_log(log) == [{"eventID": "1"}]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"readOnly": True}, False),
        ({"readOnly": True, "errorCode": "AccessDenied"}, True),
        ({"readOnly": False}, True),
        ({}, True),
    ],
)
def test_changes_and_failures_are_worth_indexing(record: dict[str, object], expected: bool) -> None:
    """Successful calls that only read are not indexed."""
    assert is_worth_indexing(record) == expected


def test_record_that_is_delivered_twice() -> None:
    """It is indexed once, under the identifier of CloudTrail."""
    record = {
        "eventID": "1",
        "eventTime": "2026-11-01T12:00:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "DeleteBucket",
    }

    assert documents([record, record]) == {
        "1": {
            "time": "2026-11-01T12:00:00Z",
            "service": "s3.amazonaws.com",
            "action": "DeleteBucket",
            "who": None,
            "error": None,
        }
    }


def test_body_of_a_bulk_request() -> None:
    """It has two lines for each document. The last line ends in a newline as well."""
    assert bulk({"1": {"who": "ana"}, "2": {"who": "ben"}}) == (
        b'{"index": {"_id": "1"}}\n{"who": "ana"}\n{"index": {"_id": "2"}}\n{"who": "ben"}\n'
    )
