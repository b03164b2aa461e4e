from __future__ import annotations

import pytest

from aws_lambda_emulator.fault import EmulatorFault
from aws_lambda_emulator.names import Names, arn_of_unknown

NAMES = Names([("orders", "src/orders:api", 1), ("fx", "src/fx:fn", 2), ("top", "//:top", 3)])


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
def test_a_function_is_found_by_what_it_is_called(
    given: str, found: tuple[int, str] | None
) -> None:
    """By name, address, or the parts of an ARN, in AWS's order; then a qualifier."""
    assert NAMES.find(given) == found


def test_an_address_comes_before_a_qualifier() -> None:
    """`orders:api` is the function of that address, though another is called `orders`."""
    names = Names([("orders", "src:orders", 1), ("api", "orders:api", 2)])

    assert names.find("orders:api") == (2, "")
    assert names.find("orders:prod") == (1, "prod")


def test_each_function_is_listed_once() -> None:
    """In the order in which they were given."""
    assert list(NAMES) == [1, 2, 3]


@pytest.mark.parametrize(
    ("first", "second"),
    [(("fn", "a:fn"), ("fn", "b:fn")), (("orders", "src:orders"), ("api", "orders"))],
)
def test_a_word_means_one_function(first: tuple[str, str], second: tuple[str, str]) -> None:
    """Be it a name or an address; the fault says the addresses of both."""
    with pytest.raises(EmulatorFault) as fault:
        Names([(*first, 1), (*second, 2)])

    assert f"\n  {first[1]}\n  {second[1]}\n" in str(fault.value)


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
def test_what_is_not_found_has_an_arn_too(given: str, arn: str) -> None:
    """As Lambda says it, with the account that is emulated; an ARN stays as it was given."""
    assert arn_of_unknown(given) == arn
