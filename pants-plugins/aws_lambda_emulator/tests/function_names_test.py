"""Finds functions by the names that callers use."""

from __future__ import annotations

import pytest

from aws_lambda_emulator.errors import EmulatorError
from aws_lambda_emulator.function_names import FunctionNames, arn_of_unknown_function

NAMES = FunctionNames(
    [("orders", "src/orders:api", 1), ("fx", "src/fx:fn", 2), ("top", "//:top", 3)]
)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("orders", (1, "")),
        ("src/orders:api", (1, "")),
        ("//:top", (3, "")),
        ("orders:1", (1, "1")),
        ("orders:$LATEST", (1, "$LATEST")),
        ("src/orders:api:prod", (1, "prod")),
        ("function:fx", (2, "")),
        ("123456789012:fx", (2, "")),
        ("123456789012:function:fx:prod", (2, "prod")),
        ("eu-west-1:123456789012:function:fx", (2, "")),
        ("arn:aws:lambda:eu-west-1:123456789012:function:fx", (2, "")),
        ("arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:fx:7", (2, "7")),
        ("arn:aws-eusc:lambda:eusc-de-east-1:123456789012:function:fx", (2, "")),
        ("arn:aws:lambda:eu-west-1:123456789012:function:src/fx:fn", (2, "")),
        ("", None),
        (":", None),
        ("order", None),
        ("src/orders", None),
        ("arn:aws:s3:::fx", None),
    ],
)
def test_find_a_function(given: str, found: tuple[int, str] | None) -> None:
    """A name, an address or a part of an ARN, each with an optional qualifier, finds the
    function.
    """
    assert NAMES.find(given) == found


def test_address_precedes_qualifier() -> None:
    """`orders:api` is the function with that address, even if another function's name is
    `orders`.
    """
    names = FunctionNames([("orders", "src:orders", 1), ("api", "orders:api", 2)])

    assert names.find("orders:api") == (2, "")
    assert names.find("orders:prod") == (1, "prod")


def test_functions_are_listed_once() -> None:
    """Iteration yields each function once, in the given order."""
    assert list(NAMES) == [1, 2, 3]


@pytest.mark.parametrize(
    ("first", "second"),
    [(("fn", "a:fn"), ("fn", "b:fn")), (("orders", "src:orders"), ("api", "orders"))],
)
def test_ambiguous_name_is_refused(first: tuple[str, str], second: tuple[str, str]) -> None:
    """A word cannot mean two functions, and the error names the addresses of both."""
    with pytest.raises(EmulatorError) as refused:
        FunctionNames([(*first, 1), (*second, 2)])

    assert f"\n  {first[1]}\n  {second[1]}\n" in str(refused.value)


@pytest.mark.parametrize(
    ("given", "arn"),
    [
        ("fx", "arn:aws:lambda:us-east-1:123456789012:function:fx"),
        ("123456789012:function:fx:1", "arn:aws:lambda:us-east-1:123456789012:function:fx:1"),
        (
            "arn:aws:lambda:eu-west-1:210987654321:function:fx",
            "arn:aws:lambda:eu-west-1:210987654321:function:fx",
        ),
    ],
)
def test_arn_of_an_unknown_function(given: str, arn: str) -> None:
    """Lambda's message contains an ARN with the emulated account. A given ARN does not change."""
    assert arn_of_unknown_function(given) == arn
