"""How a bill of materials is written as CycloneDX.

Runs with the library that the program needs, which cannot live beside Pants: see BUILD.
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
    """What the program writes."""
    (folder / "bill.json").write_text(json.dumps(bill), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(PROGRAM), "bill.json"],
        cwd=folder,
        env={
            # Where the library lies, in a sandbox of Pants.
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
    """What the program writes, which must fit the official schema."""
    text = write(bill, folder).decode()
    assert VALIDATOR.validate_str(text) is None
    document: dict[str, Any] = json.loads(text)
    return document


def with_licences(*declared: str) -> dict[str, Any]:
    return {**FUNCTION, "components": [{**CLICK, "licenses": list(declared)}]}


def test_the_document_is_pinned(tmp_path: Path) -> None:
    """The artifact is what it describes and depends on all that it carries."""
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


def test_the_form_is_pinned(tmp_path: Path) -> None:
    """Sorted keys, two-space indent, one newline at the end, names in their own script."""
    text = write(with_licences("Lizenz für alle"), tmp_path).decode()

    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert '"name": "Lizenz für alle"' in text


def test_an_artifact_without_third_party_code_is_valid(tmp_path: Path) -> None:
    """It depends on nothing."""
    document = valid({**FUNCTION, "components": [], "layers": []}, tmp_path)

    assert document["dependencies"] == [{"ref": "src/api:fn"}]
    assert "components" not in document
    assert "externalReferences" not in document["metadata"]["component"]


def test_a_folder_has_no_hash(tmp_path: Path) -> None:
    """`layout="flat"` writes no single file."""
    document = valid({**FUNCTION, "type": "library", "sha256": None}, tmp_path)

    assert document["metadata"]["component"]["type"] == "library"
    assert "hashes" not in document["metadata"]["component"]


def test_wheels_of_one_release_stay_apart(tmp_path: Path) -> None:
    """With several `complete_platforms`, a release may come as several wheels."""
    other = {**CLICK, "wheel": "click-8.1.7-cp313-cp313-linux_x86_64.whl", "sha256": "2c" * 32}
    document = valid({**FUNCTION, "components": [CLICK, other]}, tmp_path)

    assert [each["bom-ref"] for each in document["components"]] == [other["wheel"], CLICK["wheel"]]
    assert len({each["purl"] for each in document["components"]}) == 1


@pytest.mark.parametrize(
    ("licences", "written"),
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
def test_licences_are_spdx_where_spdx_knows_them(
    licences: list[str], written: list[dict[str, Any]] | None, tmp_path: Path
) -> None:
    """An identifier, an expression that stands alone, or else a name; all of them declared."""
    (component,) = valid(with_licences(*licences), tmp_path)["components"]
    found = component.get("licenses")

    for each in found or ():
        assert each.get("license", each).pop("acknowledgement") == "declared"
    assert found == written


def test_the_bytes_depend_on_the_bill_alone(tmp_path: Path) -> None:
    """No hash seed, locale, time zone, user, folder or order of components leaks in."""
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
