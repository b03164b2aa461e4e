"""Values that the emulator shares with the programs that start it."""

from __future__ import annotations

import pytest

from aws_lambda_emulator.protocol import default_function_name


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("src/orders:api", "src-orders-api"),
        ("//:api", "api"),
        ("src/a.b:fn@architecture=arm64", "src-a-b-fn-architecture-arm64"),
        ("src/my_app:fn", "src-my_app-fn"),
        (f"{'x' * 90}:fn", "x" * 64),
    ],
)
def test_default_function_name(address: str, name: str) -> None:
    """AWS accepts letters, digits, hyphens and underscores, and 64 characters at most."""
    assert default_function_name(address) == name
