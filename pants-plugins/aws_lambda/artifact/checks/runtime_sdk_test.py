"""The SDK that the runtime brings, and code that does not go with it."""

from __future__ import annotations

import pytest

from aws_lambda.artifact.checks.runtime_sdk import SdkTorn, check_missing_sdk, check_urllib3
from aws_lambda.artifact.contents import Distribution
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.findings import Finding

WHERE = Where("lambda_function", "src/api:fn")
SDK = ("boto3", "botocore", "s3transfer")


def distribution(name: str, version: str) -> Distribution:
    return Distribution(name, version, f"{name}-{version}-py3-none-any.whl", "5e" * 32)


URLLIB3_1 = distribution("urllib3", "1.26.20")
URLLIB3_2 = distribution("urllib3", "2.5.0")
BOTOCORE = distribution("botocore", "1.40.0")


@pytest.mark.parametrize("provided", [SDK, ["boto3"], ["botocore"]])
@pytest.mark.parametrize("python", [(3, 11), (3, 12), (3, 14)])
def test_a_urllib3_under_the_runtimes_botocore_is_told(
    provided: list[str], python: tuple[int, int]
) -> None:
    """It works today, with a botocore that AWS moves."""
    assert check_urllib3([URLLIB3_2], provided, python, where=WHERE) == (
        Finding(
            "L015",
            "urllib3",
            "urllib3 2.5.0 is carried, and the runtime's botocore, whose version AWS moves, will "
            "use it.",
            "carry boto3 too, or list urllib3 in `provided`.",
        ),
    )


@pytest.mark.parametrize("python", [(3, 9), (3, 10)])
def test_a_urllib3_2_under_an_old_botocore_is_refused(python: tuple[int, int]) -> None:
    """Importing boto3 would fail there."""
    with pytest.raises(SdkTorn) as caught:
        check_urllib3([URLLIB3_2], SDK, python, where=WHERE)

    assert str(caught.value) == (
        "The `lambda_function` target src/api:fn carries a urllib3 that the runtime's botocore "
        "cannot use.\n"
        "\n"
        "  carried  urllib3 2.5.0\n"
        f"  runtime  python3.{python[1]}, whose botocore needs urllib3 1\n"
        "\n"
        "Importing boto3 would fail: cannot import name 'DEFAULT_CIPHERS'.\n"
        "\n"
        "To fix, carry the SDK (take it out of `provided`), lock `urllib3<2`, or use python3.12 "
        "or newer."
    )


@pytest.mark.parametrize("python", [(3, 10), (3, 13)])
@pytest.mark.parametrize(
    ("distributions", "provided"),
    [
        ([], SDK),
        ([distribution("requests", "2.32.0")], SDK),
        ([URLLIB3_1], SDK),
        ([URLLIB3_2], []),
        ([URLLIB3_2], ["requests"]),
        ([URLLIB3_2, BOTOCORE], []),
        ([URLLIB3_2, BOTOCORE], ["boto3"]),
    ],
)
def test_an_sdk_that_goes_with_its_urllib3_is_not_told(
    distributions: list[Distribution], provided: list[str], python: tuple[int, int]
) -> None:
    """No urllib3, one that any botocore takes, or a botocore that is carried beside it."""
    assert check_urllib3(distributions, provided, python, where=WHERE) == ()


@pytest.mark.parametrize(
    ("imported", "locked", "provided", "missing"),
    [
        (["boto3", "json"], ["click"], [], ["boto3"]),
        (["botocore", "boto3"], [], [], ["boto3", "botocore"]),
        (["botocore"], [], [], ["botocore"]),
        (["boto3"], ["botocore"], [], ["boto3"]),
        (["json"], [], [], []),
        ([], [], [], []),
        (["boto3"], ["boto3"], [], []),
        (["boto3"], [], ["boto3"], []),
        (["boto3", "botocore"], [], ["boto3"], []),
        (["boto3", "botocore"], [], SDK, []),
        (["botocore"], ["botocore"], [], []),
    ],
)
def test_an_sdk_that_nobody_brings_is_told(
    imported: list[str], locked: list[str], provided: list[str], missing: list[str]
) -> None:
    """The runtime has one, whose version nobody chose; boto3 never comes without botocore."""
    assert check_missing_sdk(imported, locked, provided) == tuple(
        Finding(
            "L016",
            name,
            f"{name} is imported, is not in the lockfile, and is not `provided`.",
            'lock it, or say `provided=["aws-sdk"]` to use the one of the runtime, whose version '
            "AWS moves.",
        )
        for name in missing
    )
