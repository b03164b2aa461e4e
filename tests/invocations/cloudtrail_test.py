from typing import Any

import pytest


@pytest.mark.parametrize("address", ["src/cloudtrail:fn", "src/cloudtrail:runtime_sdk"])
def test_no_records_are_nothing_to_index(address: str, lambda_function: Any) -> None:
    """The SDK comes from a layer in one function, and from the runtime in the other."""
    cloudtrail = lambda_function(address)

    assert cloudtrail.invoke({"Records": []}).response == {"read": 0, "indexed": 0}


def test_no_account_is_within_reach(lambda_function: Any) -> None:
    """The SDK signs with keys of no account, whatever the machine has been given."""
    nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"}
    cloudtrail = lambda_function("src/cloudtrail:fn", env=nowhere)
    notification = {"s3": {"bucket": {"name": "trail"}, "object": {"key": "log.json.gz"}}}
    failed = cloudtrail.invoke({"Records": [notification]})

    assert failed.error == "EndpointConnectionError"
    assert "/var/task/cloudtrail/handler.py" in failed.logs
