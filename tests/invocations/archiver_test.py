from typing import Any

CREDENTIALS = {
    "type": "authorized_user",
    "client_id": "dummy",
    "client_secret": "dummy",
    "refresh_token": "dummy",
}


def test_nothing_to_keep_is_kept(lambda_function: Any) -> None:
    """One namespace, `google`, is split: `google.auth` is in a layer, the rest in the function."""
    archiver = lambda_function("src/archiver:fn")
    event = {"credentials": CREDENTIALS, "project": "p", "bucket": "b", "records": []}

    assert archiver.invoke(event).response == {"kept": []}
