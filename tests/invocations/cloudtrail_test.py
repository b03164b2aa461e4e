from typing import Any

import pytest


@pytest.mark.parametrize("address", ["src/cloudtrail:fn", "src/cloudtrail:runtime_sdk"])
def test_sdk_from_a_layer_or_the_runtime(address: str, lambda_function: Any) -> None:
    """One function imports the SDK from a layer, and the other from the runtime."""
    cloudtrail = lambda_function(address)

    assert cloudtrail.invoke({"Records": []}).response == {"read": 0, "indexed": 0}


def test_no_credentials_of_the_machine(lambda_function: Any) -> None:
    """The SDK signs with keys of no account, even if the machine has credentials."""
    nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"}
    cloudtrail = lambda_function("src/cloudtrail:fn", env=nowhere)
    notification = {"s3": {"bucket": {"name": "trail"}, "object": {"key": "log.json.gz"}}}
    failed = cloudtrail.invoke({"Records": [notification]})

    assert failed.error == "EndpointConnectionError"
    assert "/var/task/cloudtrail/handler.py" in failed.logs
