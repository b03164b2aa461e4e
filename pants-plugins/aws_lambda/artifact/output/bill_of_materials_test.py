"""What a bill of materials says of an artifact."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from textwrap import dedent
from typing import Any

import pytest

from aws_lambda.artifact.contents import Distribution
from aws_lambda.artifact.findings import JudgedFindings
from aws_lambda.artifact.output.bill_of_materials import (
    bill_as_json,
    declared_licenses,
    serial_number,
)
from aws_lambda.artifact.output.manifest import LayerRecord, Manifest, WrittenZip
from aws_lambda.testing.files import first_party_file, third_party_file

CLICK = Distribution("click", "8.1.7", "click-8.1.7-py3-none-any.whl", "c1" * 32)
IDNA = Distribution("idna", "3.10", "idna-3.10-py3-none-any.whl", "1d" * 32)

LAYER = Manifest(
    kind="layer",
    address="src:deps",
    runtime="python3.13",
    architecture="arm64",
    handler=None,
    files=(third_party_file("python/idna/core.py", b"idna", of="idna 3.10"),),
    distributions=(IDNA,),
    resolutions=(),
    findings=JudgedFindings(()),
    written_zip=WrittenZip("aa" * 32, 815),
)
FUNCTION = Manifest(
    kind="function",
    address="src/api:fn",
    runtime="python3.13",
    architecture="arm64",
    handler="lambda_function.handler",
    files=(first_party_file("app.py", b"app"), third_party_file("click/core.py", b"core")),
    distributions=(CLICK,),
    resolutions=(),
    findings=JudgedFindings(()),
    written_zip=WrittenZip("00ff" * 16, 3174),
    layers=(
        LayerRecord("src/deps.zip", LAYER),
        LayerRecord(arn="arn:aws:lambda:eu-west-1:123456789012:layer:insights:1"),
    ),
    from_layers=((IDNA, "src:deps"),),
)


def read(manifest: Manifest, **licenses: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The bill as JSON. `licenses` are the fields by the name of a distribution."""
    by_wheel = {each.wheel: licenses.get(each.name, ()) for each in (CLICK, IDNA)}
    document: dict[str, Any] = json.loads(bill_as_json(manifest, by_wheel))
    return document


def test_bill_of_a_function() -> None:
    """It lists the distributions in the zip, and refers to the bills of the layers."""
    assert bill_as_json(FUNCTION, {CLICK.wheel: [("License", "BSD")]}) == dedent(f"""
        {{
          "components": [
            {{
              "licenses": [
                "BSD"
              ],
              "name": "click",
              "sha256": "{"c1" * 32}",
              "version": "8.1.7",
              "wheel": "click-8.1.7-py3-none-any.whl"
            }}
          ],
          "layers": [
            {{
              "name": "src:deps",
              "serial": "{serial_number(LAYER)}"
            }},
            {{
              "name": "arn:aws:lambda:eu-west-1:123456789012:layer:insights:1",
              "serial": null
            }}
          ],
          "name": "src/api:fn",
          "properties": {{
            "architecture": "arm64",
            "content_sha256": "{FUNCTION.content_sha256}",
            "handler": "lambda_function.handler",
            "kind": "function",
            "runtime": "python3.13"
          }},
          "serial": "{serial_number(FUNCTION)}",
          "sha256": "{"00ff" * 16}",
          "type": "application"
        }}
        """).lstrip()


def test_bill_of_a_layer() -> None:
    """A layer has the type of a library, and no handler."""
    found = read(LAYER)

    assert found["type"] == "library"
    assert sorted(found["properties"]) == ["architecture", "content_sha256", "kind", "runtime"]
    assert [each["name"] for each in found["components"]] == ["idna"]
    assert found["layers"] == []


def test_reference_to_the_bill_of_a_layer() -> None:
    """The serial number depends on the layer only."""
    assert read(FUNCTION)["layers"][0]["serial"] == read(LAYER)["serial"]


def test_bill_of_a_folder() -> None:
    """A folder has no hash of a zip, but a hash of its content."""
    found = read(replace(FUNCTION, written_zip=None))

    assert found["sha256"] is None
    assert found["properties"]["content_sha256"] == FUNCTION.content_sha256


def test_bill_with_complete_platforms() -> None:
    """Unknown properties are left out."""
    found = read(replace(FUNCTION, runtime=None, architecture=None))

    assert sorted(found["properties"]) == ["content_sha256", "handler", "kind"]


def test_order_of_distributions() -> None:
    """Components are sorted by name."""
    one = replace(FUNCTION, distributions=(IDNA, CLICK))
    other = replace(FUNCTION, distributions=(CLICK, IDNA))

    assert bill_as_json(one, {}) == bill_as_json(other, {})
    assert [each["name"] for each in read(one)["components"]] == ["click", "idna"]


@pytest.mark.parametrize(
    "other",
    [
        replace(FUNCTION, address="src/api:other"),
        replace(FUNCTION, architecture="x86_64"),
        replace(FUNCTION, distributions=()),
        replace(FUNCTION, files=FUNCTION.files[:1]),
        replace(FUNCTION, handler="app.main"),
        replace(FUNCTION, runtime="python3.12"),
        replace(FUNCTION, written_zip=WrittenZip("bb" * 32, 3174)),
        replace(FUNCTION, written_zip=None),
    ],
)
def test_serial_number_of_another_artifact(other: Manifest) -> None:
    """Different artifacts have different serial numbers."""
    assert serial_number(other) != serial_number(FUNCTION)


def test_serial_number_is_reproducible() -> None:
    """The same artifact has the same serial number on every machine."""
    assert str(serial_number(FUNCTION)) == "590778db-c236-5b42-9ab7-bef8a9968318"


TEXT = "MIT License\n\nCopyright (c) 2026\n\nPermission is hereby granted, …"
APACHE = ("Classifier", "License :: OSI Approved :: Apache Software License")
MIT = ("Classifier", "License :: OSI Approved :: MIT License")


@pytest.mark.parametrize(
    ("fields", "licenses"),
    [
        ([], []),
        ([("License-Expression", "MIT OR Apache-2.0")], ["MIT OR Apache-2.0"]),
        ([("License-Expression", "MIT"), ("License", "BSD"), APACHE], ["MIT"]),
        ([("License", "BSD"), MIT], ["BSD"]),
        ([("License", " 3-Clause BSD ")], ["3-Clause BSD"]),
        ([("License", "UNKNOWN"), MIT], ["MIT"]),
        ([("License", ""), MIT], ["MIT"]),
        ([("License", "UNKNOWN")], []),
        ([MIT, APACHE], ["Apache Software License", "MIT"]),
        ([MIT, MIT], ["MIT"]),
        ([("Classifier", "License :: OSI Approved")], []),
        ([("Classifier", "License :: DFSG approved"), MIT], ["MIT"]),
        ([("Classifier", "License :: Public Domain")], ["Public Domain"]),
        ([("Classifier", "License")], []),
        ([("Classifier", "Programming Language :: Python :: 3")], []),
        (
            [("Classifier", "License :: OSI Approved :: GNU General Public License (GPL)")],
            ["GNU General Public License (GPL)"],
        ),
        (
            [("Classifier", "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)")],
            ["MPL-2.0"],
        ),
        ([("License", TEXT), APACHE], ["Apache Software License"]),
        ([("License", TEXT)], ["MIT License"]),
        ([("License", "x" * 101)], ["x" * 100]),
        ([("License", "x" * 100), MIT], ["x" * 100]),
    ],
)
def test_declared_licenses(fields: list[tuple[str, str]], licenses: list[str]) -> None:
    """The order is `License-Expression`, a name in `License`, classifiers, a text in `License`.

    A classifier becomes an SPDX identifier if it corresponds to exactly one.
    """
    assert declared_licenses(fields) == licenses
