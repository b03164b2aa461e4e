"""Reads log files of CloudTrail, and selects the records to index."""

import gzip
import json
from collections.abc import Iterable
from typing import Any

Record = dict[str, Any]


def read_log(compressed: bytes) -> list[Record]:
    records: list[Record] = json.loads(gzip.decompress(compressed))["Records"]
    return records


def is_worth_indexing(record: Record) -> bool:
    """Whether a record is a change or a failure. Most are successful calls that only read."""
    return not record.get("readOnly", False) or "errorCode" in record


def documents(records: Iterable[Record]) -> dict[str, Record]:
    """The documents to index, by CloudTrail's identifier, so that no record is indexed twice."""
    return {
        record["eventID"]: {
            "time": record["eventTime"],
            "service": record["eventSource"],
            "action": record["eventName"],
            "who": record.get("userIdentity", {}).get("arn"),
            "error": record.get("errorCode"),
        }
        for record in records
    }
