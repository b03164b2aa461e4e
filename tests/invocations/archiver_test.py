from typing import Any

CREDENTIALS = {
    "type": "authorized_user",
    "client_id": "dummy",
    "client_secret": "dummy",
    "refresh_token": "dummy",
}


def test_namespace_package_in_function_and_layer(lambda_function: Any) -> None:
    """`google.auth` is in a layer, and the rest of the namespace `google` in the function."""
    archiver = lambda_function("src/archiver:fn")
    event = {"credentials": CREDENTIALS, "project": "p", "bucket": "b", "records": []}

    assert archiver.invoke(event).response == {"kept": []}
