"""Tests of L015 and L016: the AWS SDK of the runtime."""

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
def test_urllib3_with_the_botocore_of_the_runtime(
    provided: list[str], python: tuple[int, int]
) -> None:
    """The combination works until AWS updates botocore."""
    assert check_urllib3([URLLIB3_2], provided, python, where=WHERE) == (
        Finding(
            "L015",
            "urllib3",
            "urllib3 2.5.0 is in the artifact or its layers, and the runtime's botocore, which AWS "
            "updates, will import it.",
            "add boto3 to the artifact as well, or list urllib3 in `provided`.",
        ),
    )


@pytest.mark.parametrize("python", [(3, 9), (3, 10)])
def test_urllib3_2_with_an_old_botocore(python: tuple[int, int]) -> None:
    """Importing boto3 would fail on python3.10 and older."""
    with pytest.raises(SdkTorn) as caught:
        check_urllib3([URLLIB3_2], SDK, python, where=WHERE)

    assert str(caught.value) == (
        "The `lambda_function` target src/api:fn contains a urllib3 that the runtime's botocore "
        "cannot use.\n"
        "\n"
        "  distribution  urllib3 2.5.0\n"
        f"  runtime       python3.{python[1]}, whose botocore needs urllib3 1\n"
        "\n"
        "Importing boto3 would fail: cannot import name 'DEFAULT_CIPHERS'.\n"
        "\n"
        "To fix, remove the SDK from `provided`, lock `urllib3<2`, or use python3.12 or newer."
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
def test_compatible_sdk_and_urllib3(
    distributions: list[Distribution], provided: list[str], python: tuple[int, int]
) -> None:
    """No urllib3, urllib3 1, or an artifact that contains botocore as well."""
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
def test_missing_sdk(
    imported: list[str], locked: list[str], provided: list[str], missing: list[str]
) -> None:
    """The runtime has an SDK of unknown version. boto3 requires botocore."""
    assert check_missing_sdk(imported, locked, provided) == tuple(
        Finding(
            "L016",
            name,
            f"The code imports {name}, which is neither in the lockfile nor in `provided`.",
            'lock it, or set `provided=["aws-sdk"]` to use the runtime\'s SDK, which AWS updates.',
        )
        for name in missing
    )
