"""The bill of materials next to an artifact, and the library that writes it."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from aws_lambda.processes.tool_program import LIBRARIES
from aws_lambda.testing.repository import BuiltArtifact, TrialRepository

TARGETS = """
lambda_layer(name="deps", dependencies=["3rdparty/default:six"], runtime="python3.13")
lambda_function(
    name="fn", handler="app.py:handler", layers=[":deps"], runtime="python3.13", layout={layout!r}
)
python_sources()
"""


def sbom(built: BuiltArtifact, output: str) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(built.files[f"{output}.cdx.json"]))


@pytest.fixture
def packaged(repository: TrialRepository) -> TrialRepository:
    """A function whose layer contains one distribution."""
    repository.add_wheel("six==1.16.0", {"six.py": ""})
    repository.lock("six==1.16.0")
    repository.write(
        {
            "src/BUILD": TARGETS.format(layout="zip"),
            "src/app.py": "import six\ndef handler(event, context): ...\n",
        }
    )
    return repository


def test_no_bill_by_default(packaged: TrialRepository) -> None:
    """The option `sbom` is off by default."""
    assert not [path for path in packaged.package("fn").files if path.endswith(".cdx.json")]


def test_bill_of_each_artifact(packaged: TrialRepository) -> None:
    """The bill of a function refers to the bill of its layer, which lists the layer's
    distributions.
    """
    packaged.set_options("--aws-lambda-sbom")
    built = packaged.package("fn")
    function, layer = sbom(built, "src/fn.zip"), sbom(built, "src/deps.zip")

    assert "components" not in function
    assert [each["purl"] for each in layer["components"]] == ["pkg:pypi/six@1.16.0"]
    (reference,) = function["metadata"]["component"]["externalReferences"]
    assert reference["url"] == layer["serialNumber"].replace("urn:uuid:", "urn:cdx:") + "/1"


def test_bill_of_a_folder(packaged: TrialRepository) -> None:
    """The bill is next to the folder, and not in it."""
    packaged.write({"src/BUILD": TARGETS.format(layout="flat")})
    packaged.set_options("--aws-lambda-sbom")

    assert "src/fn.cdx.json" in packaged.package("fn").files


def test_tools_resolve_that_does_not_exist(packaged: TrialRepository) -> None:
    """`tools_resolve` names one of `[python].resolves`."""
    packaged.set_options("--aws-lambda-sbom", "--aws-lambda-tools-resolve=tools")

    assert packaged.package_error("fn") == (
        "UnknownToolsResolve: `[aws-lambda].tools_resolve` names a resolve that does not exist.\n"
        "\n"
        "  tools_resolve      tools\n"
        "  [python].resolves  default\n"
        "\n"
        "To fix, add it to `[python].resolves` in pants.toml with cyclonedx-python-lib, "
        "pyelftools, ruamel.yaml, tomli and tomlkit in its requirements, and run `pants generate-lockfiles --resolve=tools`; "
        "or remove `tools_resolve`."
    )


def test_every_pin_is_exact() -> None:
    """Equal bills need the same version of the library on every machine."""
    for library in LIBRARIES.values():
        for requirement in (library.requirement, *library.constraints):
            assert requirement.count("==") == 1


def test_tools_resolve_without_the_library(packaged: TrialRepository) -> None:
    """The error contains the output of PEX and the requirement to lock."""
    packaged.set_options("--aws-lambda-sbom", "--aws-lambda-tools-resolve=default")

    message = packaged.package_error("fn")
    assert message.startswith(
        "ToolNotInstalled: The library cyclonedx-python-lib, which the backend needs, could not "
        "be installed.\n\n"
    )
    assert message.endswith(
        "\n\nTo fix, add `cyclonedx-python-lib` to the requirements of the resolve `default`, and "
        "run `pants generate-lockfiles --resolve=default`."
    )
