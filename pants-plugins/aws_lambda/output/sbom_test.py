"""What `[aws-lambda].sbom` puts beside an artifact, and where its library comes from."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from aws_lambda.processes.tool_program import LIBRARIES
from aws_lambda.testing.repository import Built, MadeRepository

TARGETS = """
lambda_layer(name="deps", dependencies=["3rdparty/default:six"], runtime="python3.13")
lambda_function(
    name="fn", handler="app.py:handler", layers=[":deps"], runtime="python3.13", layout={layout!r}
)
python_sources()
"""


def sbom(built: Built, output: str) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(built.files[f"{output}.cdx.json"]))


@pytest.fixture
def packaged(repository: MadeRepository) -> MadeRepository:
    """A function whose layer carries one distribution."""
    repository.add_wheel("six==1.16.0", {"six.py": ""})
    repository.lock("six==1.16.0")
    repository.write(
        {
            "src/BUILD": TARGETS.format(layout="zip"),
            "src/app.py": "import six\ndef handler(event, context): ...\n",
        }
    )
    return repository


def test_it_is_off_by_default(packaged: MadeRepository) -> None:
    """Nobody waits for what nobody asked for."""
    assert not [path for path in packaged.package("fn").files if path.endswith(".cdx.json")]


def test_each_artifact_has_its_own(packaged: MadeRepository) -> None:
    """The function's points at the layer's, which lists what the layer carries."""
    packaged.set_options("--aws-lambda-sbom")
    built = packaged.package("fn")
    function, layer = sbom(built, "src/fn.zip"), sbom(built, "src/deps.zip")

    assert "components" not in function
    assert [each["purl"] for each in layer["components"]] == ["pkg:pypi/six@1.16.0"]
    (reference,) = function["metadata"]["component"]["externalReferences"]
    assert reference["url"] == layer["serialNumber"].replace("urn:uuid:", "urn:cdx:") + "/1"


def test_a_folder_has_one_too(packaged: MadeRepository) -> None:
    """It lies beside the folder, not in it: nothing is uploaded that was not asked for."""
    packaged.write({"src/BUILD": TARGETS.format(layout="flat")})
    packaged.set_options("--aws-lambda-sbom")

    assert "src/fn.cdx.json" in packaged.package("fn").files


def test_the_library_may_come_from_a_resolve_that_must_exist(packaged: MadeRepository) -> None:
    """`tools_resolve` names one of `[python].resolves`."""
    packaged.set_options("--aws-lambda-sbom", "--aws-lambda-tools-resolve=tools")

    assert packaged.refusal("fn") == (
        "UnknownToolsResolve: `[aws-lambda].tools_resolve` names a resolve that is not there.\n"
        "\n"
        "  tools_resolve      tools\n"
        "  [python].resolves  default\n"
        "\n"
        "To fix, add it to `[python].resolves` in pants.toml, with cyclonedx-python-lib and "
        "pyelftools among its requirements, and run `pants generate-lockfiles --resolve=tools`; "
        "or leave `tools_resolve` out."
    )


def test_every_pin_is_exact() -> None:
    """The same bill gives the same bytes on every machine only with the same library."""
    for library in LIBRARIES.values():
        for requirement in (library.requirement, *library.constraints):
            assert requirement.count("==") == 1


def test_a_resolve_without_the_library(packaged: MadeRepository) -> None:
    """What PEX says of it, and what to lock."""
    packaged.set_options("--aws-lambda-sbom", "--aws-lambda-tools-resolve=default")

    message = packaged.refusal("fn")
    assert message.startswith(
        "ToolNotInstalled: The library cyclonedx-python-lib, which the checks need, could not be "
        "installed.\n\n"
    )
    assert message.endswith(
        "\n\nTo fix, add `cyclonedx-python-lib` to the requirements of the resolve `default`, and "
        "run `pants generate-lockfiles --resolve=default`."
    )
