"""CloudTrail's log files, and which of their records are worth indexing."""

import gzip
import json
from collections.abc import Iterable
from typing import Any

Record = dict[str, Any]


def read_log(compressed: bytes) -> list[Record]:
    records: list[Record] = json.loads(gzip.decompress(compressed))["Records"]
    return records


def is_worth_indexing(record: Record) -> bool:
    """Changes and failures; calls that only read and succeed are most of a log."""
    return not record.get("readOnly", False) or "errorCode" in record


def documents(records: Iterable[Record]) -> dict[str, Record]:
    """By CloudTrail's own identifier, under which a record delivered twice is indexed once."""
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
