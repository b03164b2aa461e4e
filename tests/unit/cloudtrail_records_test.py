import gzip
import json

import pytest

from cloudtrail.records import documents, is_worth_indexing, read_log
from cloudtrail.search import bulk


def test_a_log_file_is_compressed_json() -> None:
    """CloudTrail delivers gzipped JSON whose one key is `Records`."""
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
    """Calls that only read and succeed are left out."""
    assert is_worth_indexing(record) == expected


def test_a_record_delivered_twice_is_indexed_once() -> None:
    """CloudTrail's own identifier is the document's."""
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


def test_a_bulk_request_has_two_lines_for_each_document() -> None:
    """One line names the document, the next is the document, and the last line ends too."""
    assert bulk({"1": {"who": "ana"}, "2": {"who": "ben"}}) == (
        b'{"index": {"_id": "1"}}\n{"who": "ana"}\n{"index": {"_id": "2"}}\n{"who": "ben"}\n'
    )
