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
    """The bill; `licenses` by the name of a distribution."""
    by_wheel = {each.wheel: licenses.get(each.name, ()) for each in (CLICK, IDNA)}
    document: dict[str, Any] = json.loads(bill_as_json(manifest, by_wheel))
    return document


def test_the_bill_of_a_function_is_pinned() -> None:
    """It lists what the function's zip carries, and points at the bills of its layers."""
    assert bill_as_json(FUNCTION, {CLICK.wheel: [("License", "BSD")]}) == dedent(f"""
        {{
          "components": [
            {{
              "licences": [
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


def test_a_layer_is_a_library_without_a_handler() -> None:
    """CycloneDX has no type for layers; what does not apply is left out."""
    found = read(LAYER)

    assert found["type"] == "library"
    assert sorted(found["properties"]) == ["architecture", "content_sha256", "kind", "runtime"]
    assert [each["name"] for each in found["components"]] == ["idna"]
    assert found["layers"] == []


def test_a_layer_s_bill_is_the_one_that_functions_point_at() -> None:
    """Both sides compute the serial number from the layer alone."""
    assert read(FUNCTION)["layers"][0]["serial"] == read(LAYER)["serial"]


def test_a_folder_has_no_hash() -> None:
    """`layout="flat"` writes no single file; its content still has one."""
    found = read(replace(FUNCTION, written_zip=None))

    assert found["sha256"] is None
    assert found["properties"]["content_sha256"] == FUNCTION.content_sha256


def test_complete_platforms_have_no_runtime() -> None:
    """What is not known is left out."""
    found = read(replace(FUNCTION, runtime=None, architecture=None))

    assert sorted(found["properties"]) == ["content_sha256", "handler", "kind"]


def test_the_order_of_distributions_does_not_matter() -> None:
    """Components are sorted."""
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
def test_another_artifact_has_another_serial_number(other: Manifest) -> None:
    """A serial number stands for one bill of one artifact."""
    assert serial_number(other) != serial_number(FUNCTION)


def test_the_serial_number_is_the_artifact_s() -> None:
    """It is computed, so that the same build gives the same bill, on every machine."""
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
def test_licences_come_from_the_most_precise_field(
    fields: list[tuple[str, str]], licenses: list[str]
) -> None:
    """`License-Expression`, else a `License` that is a name, else classifiers; a text comes last.

    A classifier becomes an SPDX identifier where it can stand for one only.
    """
    assert declared_licenses(fields) == licenses
