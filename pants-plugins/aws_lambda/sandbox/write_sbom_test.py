"""Bills of materials in the format of CycloneDX.

This test runs with the library of the program, which cannot be in the same resolve as Pants: see
BUILD.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

PROGRAM = Path(__file__).parent / "write_sbom.py"
VALIDATOR = JsonStrictValidator(SchemaVersion.V1_6)

CLICK = {
    "name": "click",
    "version": "8.1.7",
    "wheel": "click-8.1.7-py3-none-any.whl",
    "sha256": "c1" * 32,
    "licenses": ["BSD-3-Clause"],
}
IDNA = {
    "name": "idna",
    "version": "3.10+patched.1",
    "wheel": "idna-3.10+patched.1-py3-none-any.whl",
    "sha256": "1d" * 32,
    "licenses": [],
}
FUNCTION: dict[str, Any] = {
    "name": "src/api:fn",
    "type": "application",
    "sha256": "00ff" * 16,
    "serial": "590778db-c236-5b42-9ab7-bef8a9968318",
    "properties": {"handler": "lambda_function.handler", "runtime": "python3.13"},
    "layers": [
        {"name": "src:deps", "serial": "2ad57e1c-9c96-5d3b-a6d2-6a5cbe4f1e0a"},
        {"name": "arn:aws:lambda:eu-west-1:123456789012:layer:insights:1", "serial": None},
    ],
    "components": [CLICK, IDNA],
}


def write(
    bill: Mapping[str, Any], folder: Path, environment: Mapping[str, str] | None = None
) -> bytes:
    """Return the output of the program."""
    (folder / "bill.json").write_text(json.dumps(bill), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(PROGRAM), "bill.json"],
        cwd=folder,
        env={
            # The folder of the library, in a sandbox of Pants.
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "PYTHONHASHSEED": "0",
            "LC_ALL": "C.UTF-8",
            **(environment or {}),
        },
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


def valid(bill: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return the output of the program, after validating it against the official schema."""
    text = write(bill, folder).decode()
    assert VALIDATOR.validate_str(text) is None
    document: dict[str, Any] = json.loads(text)
    return document


def with_licenses(*declared: str) -> dict[str, Any]:
    return {**FUNCTION, "components": [{**CLICK, "licenses": list(declared)}]}


def test_whole_document(tmp_path: Path) -> None:
    """The document describes the artifact, which depends on all its components."""
    click, idna = CLICK["wheel"], IDNA["wheel"]

    assert valid(FUNCTION, tmp_path) == {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "urn:uuid:590778db-c236-5b42-9ab7-bef8a9968318",
        "version": 1,
        "metadata": {
            "component": {
                "bom-ref": "src/api:fn",
                "type": "application",
                "name": "src/api:fn",
                "hashes": [{"alg": "SHA-256", "content": "00ff" * 16}],
                "properties": [
                    {"name": "aws-lambda:handler", "value": "lambda_function.handler"},
                    {
                        "name": "aws-lambda:layer",
                        "value": "arn:aws:lambda:eu-west-1:123456789012:layer:insights:1",
                    },
                    {"name": "aws-lambda:layer", "value": "src:deps"},
                    {"name": "aws-lambda:runtime", "value": "python3.13"},
                ],
                "externalReferences": [
                    {
                        "type": "bom",
                        "url": "urn:cdx:2ad57e1c-9c96-5d3b-a6d2-6a5cbe4f1e0a/1",
                        "comment": "src:deps",
                    }
                ],
            }
        },
        "components": [
            {
                "bom-ref": click,
                "type": "library",
                "name": "click",
                "version": "8.1.7",
                "purl": "pkg:pypi/click@8.1.7",
                "hashes": [{"alg": "SHA-256", "content": "c1" * 32}],
                "licenses": [{"license": {"id": "BSD-3-Clause", "acknowledgement": "declared"}}],
            },
            {
                "bom-ref": idna,
                "type": "library",
                "name": "idna",
                "version": "3.10+patched.1",
                "purl": "pkg:pypi/idna@3.10%2Bpatched.1",
                "hashes": [{"alg": "SHA-256", "content": "1d" * 32}],
            },
        ],
        "dependencies": [
            {"ref": click},
            {"ref": idna},
            {"ref": "src/api:fn", "dependsOn": [click, idna]},
        ],
    }


def test_format_of_the_document(tmp_path: Path) -> None:
    """The keys are sorted, the indent is two spaces, and names are not escaped."""
    text = write(with_licenses("Lizenz für alle"), tmp_path).decode()

    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert '"name": "Lizenz für alle"' in text


def test_artifact_without_third_party_code(tmp_path: Path) -> None:
    """An artifact without components depends on nothing."""
    document = valid({**FUNCTION, "components": [], "layers": []}, tmp_path)

    assert document["dependencies"] == [{"ref": "src/api:fn"}]
    assert "components" not in document
    assert "externalReferences" not in document["metadata"]["component"]


def test_hash_of_a_folder(tmp_path: Path) -> None:
    """The layout `flat` has no hash, because it is not a single file."""
    document = valid({**FUNCTION, "type": "library", "sha256": None}, tmp_path)

    assert document["metadata"]["component"]["type"] == "library"
    assert "hashes" not in document["metadata"]["component"]


def test_two_wheels_of_a_release(tmp_path: Path) -> None:
    """Several `complete_platforms` can use different wheels of a release."""
    other = {**CLICK, "wheel": "click-8.1.7-cp313-cp313-linux_x86_64.whl", "sha256": "2c" * 32}
    document = valid({**FUNCTION, "components": [CLICK, other]}, tmp_path)

    assert [each["bom-ref"] for each in document["components"]] == [other["wheel"], CLICK["wheel"]]
    assert len({each["purl"] for each in document["components"]}) == 1


@pytest.mark.parametrize(
    ("licenses", "written"),
    [
        ([], None),
        (["MIT"], [{"license": {"id": "MIT"}}]),
        (["mit"], [{"license": {"id": "MIT"}}]),
        (["MIT OR Apache-2.0"], [{"expression": "MIT OR Apache-2.0"}]),
        (["MIT License"], [{"license": {"name": "MIT License"}}]),
        (["MIT AND"], [{"license": {"name": "MIT AND"}}]),
        (["LicenseRef-Own"], [{"license": {"name": "LicenseRef-Own"}}]),
        (
            ["BSD License", "MIT"],
            [{"license": {"id": "MIT"}}, {"license": {"name": "BSD License"}}],
        ),
        (
            ["MIT OR Apache-2.0", "Zlib"],
            [{"license": {"id": "Zlib"}}, {"license": {"name": "MIT OR Apache-2.0"}}],
        ),
    ],
)
def test_licenses_as_spdx(
    licenses: list[str], written: list[dict[str, Any]] | None, tmp_path: Path
) -> None:
    """A license is an SPDX identifier, an SPDX expression or a name."""
    (component,) = valid(with_licenses(*licenses), tmp_path)["components"]
    found = component.get("licenses")

    for each in found or ():
        assert each.get("license", each).pop("acknowledgement") == "declared"
    assert found == written


def test_equal_bytes_for_a_bill(tmp_path: Path) -> None:
    """Hash seed, locale, time zone, user, folder and order do not change the bytes."""
    many = [{**CLICK, "name": f"p{i}", "wheel": f"p{i}-1.whl"} for i in range(50)]
    shuffled = random.Random(1).sample(many, len(many))
    (tmp_path / "elsewhere").mkdir()

    one = write({**FUNCTION, "components": many}, tmp_path)
    other = write(
        {**FUNCTION, "components": shuffled},
        tmp_path / "elsewhere",
        {
            "HOME": "/nowhere",
            "LC_ALL": "C",
            "PYTHONHASHSEED": "4711",
            "SOURCE_DATE_EPOCH": "1",
            "TZ": "Pacific/Auckland",
            "USER": "somebody",
        },
    )

    assert one == other
