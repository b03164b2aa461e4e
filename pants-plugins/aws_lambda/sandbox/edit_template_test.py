"""Values of templates, set without a change of any other character."""

from __future__ import annotations

import difflib
import json
from typing import Any

import pytest

from aws_lambda.testing.program_runs import import_program

edit = import_program("edit_template.py").edit

SAM = """\
# The orders service
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.12, Timeout: 3}
Resources:
  # Reads orders.
  Orders:
    Type: AWS::Serverless::Function   # one
    Properties:
      CodeUri: src/orders/     # the code

      Handler: "app.lambda_handler"
      Layers:
        - !Ref Deps            # third-party code
        - !Sub "arn:${AWS::Partition}:lambda:${AWS::Region}:1:layer:agent:1"
      Policies: [ !Ref Reader,   'Writer' ]
      Description: >-
        A long text,
        folded

  Billing:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: 'src/billing', Handler: app.main}
"""


def path(function: str, *keys: str) -> dict[str, Any]:
    return {
        "path": ["Resources", function, *keys],
        "after": [],
        "replaceable": None,
        "inherited": [],
    }


def changed_lines(text: str, *edits: dict[str, Any]) -> list[str]:
    """The lines that the edits remove and add, after a check that no edit is refused."""
    edited = edit(text, edits)
    assert edited["refused"] == []
    diff = difflib.unified_diff(text.splitlines(True), edited["text"].splitlines(True), n=0)
    return [
        line.rstrip("\n") for line in diff if line[0] in "+-" and line[:3] not in ("+++", "---")
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_only_changed_lines_differ(newline: str) -> None:
    """Comments, quotes, indentation, long texts and line ends stay."""
    text = SAM.replace("\n", newline)
    lines = changed_lines(
        text,
        path("Orders", "Properties", "CodeUri") | {"value": "dist/src.orders/fn.zip"},
        path("Orders", "Properties", "Handler") | {"value": "lambda_function.handler"},
        path("Orders", "Properties", "Architectures")
        | {"value": ["arm64"], "after": ["Runtime", "Handler"]},
        path("Orders", "Metadata", "SkipBuild") | {"value": True},
        path("Billing", "Properties", "CodeUri") | {"value": "dist/src.billing/fn.zip"},
        path("Billing", "Properties", "Layers") | {"value": [{"Ref": "Deps"}]},
    )

    assert [line.rstrip("\r") for line in lines] == [
        "-      CodeUri: src/orders/     # the code",
        "+      CodeUri: dist/src.orders/fn.zip     # the code",
        '-      Handler: "app.lambda_handler"',
        '+      Handler: "lambda_function.handler"',
        "+      Architectures:",
        "+        - arm64",
        "+    Metadata:",
        "+      SkipBuild: true",
        "-    Properties: {CodeUri: 'src/billing', Handler: app.main}",
        "+    Properties: {CodeUri: 'dist/src.billing/fn.zip', Handler: app.main, Layers: [!Ref Deps]}",
    ]
    assert all(line.endswith("\r") for line in lines) == (newline == "\r\n")


def test_new_resource() -> None:
    """It follows the last resource, in the template's own indentation."""
    layer = {"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": "dist/a.zip"}}

    assert changed_lines(SAM, path("DepsLayer") | {"value": layer}) == [
        "+  DepsLayer:",
        "+    Type: AWS::Serverless::LayerVersion",
        "+    Properties:",
        "+      ContentUri: dist/a.zip",
    ]


def test_list_keeps_other_items() -> None:
    """Items that the edit does not know stay at their places, with their comments."""
    more = path("Orders", "Properties", "Layers") | {
        "value": [{"Ref": "Shared"}, {"Ref": "Deps"}],
        "replaceable": [{"Ref": "Deps"}],
    }

    assert changed_lines(SAM, more) == ["+        - !Ref Shared"]


def test_list_after_globals() -> None:
    """SAM puts the layers of `Globals` before those of the function."""
    text = SAM.replace("Timeout: 3", "Layers: [!Ref Base]")
    wanted = path("Billing", "Properties", "Layers") | {
        "value": [{"Ref": "Base"}, {"Ref": "Deps"}],
        "inherited": ["Globals", "Function", "Layers"],
    }

    assert changed_lines(text, wanted)[1].endswith("Handler: app.main, Layers: [!Ref Deps]}")
    assert edit(text, [wanted | {"value": [{"Ref": "Deps"}]}])["refused"] == [0]


def test_shared_value_is_refused() -> None:
    """An anchor shares a value with other places, which an edit must not change."""
    text = "Resources:\n  A: &a\n    Properties: &p {Handler: x}\n  B: *a\n  C: {<<: *a}\n"
    edits = [
        path("B", "Properties", "Handler") | {"value": "y"},
        path("A", "Properties") | {"value": "y"},
        path("C", "Properties", "Handler") | {"value": "y"},
    ]

    assert edit(text, edits) == {"refused": [0, 1, 2], "text": text}


def test_list_of_the_deployment_is_refused() -> None:
    """A condition decides on the items of the list."""
    text = "Resources:\n  A: {Layers: !If [Debug, [!Ref Agent], []]}\n  B: {Layers: !Ref All}\n"
    edits = [path(each, "Layers") | {"value": [{"Ref": "Deps"}]} for each in "AB"]

    assert edit(text, edits) == {"refused": [0, 1], "text": text}


def test_json_stays_json() -> None:
    """New values are on lines of their own if the others are."""
    function = {"Properties": {"Code": "src", "Layers": ["arn:aws:lambda:x"]}}
    text = json.dumps({"Resources": {"A": function}}, indent=4)
    edited = edit(
        text,
        [
            path("A", "Properties", "Code") | {"value": "dist/a.zip"},
            path("A", "Properties", "Runtime") | {"value": "python3.13"},
            path("Layer") | {"value": {"Type": "T", "Properties": {"Content": "dist/b.zip"}}},
        ],
    )["text"]

    new = {"Type": "T", "Properties": {"Content": "dist/b.zip"}}
    function["Properties"] |= {"Code": "dist/a.zip", "Runtime": "python3.13"}
    assert edited == json.dumps({"Resources": {"A": function, "Layer": new}}, indent=4)


def test_value_that_is_empty_or_on_the_next_line() -> None:
    """The key stays, and a comment after it too."""
    text = (
        "Resources:\n  A:\n    Properties:\n      Handler:   # none\n      CodeUri:\n        src\n"
    )

    assert changed_lines(
        text,
        path("A", "Properties", "Handler") | {"value": "a.b"},
        path("A", "Properties", "CodeUri") | {"value": "dist/a.zip"},
    ) == [
        "-      Handler:   # none",
        "+      Handler: a.b   # none",
        "-        src",
        "+        dist/a.zip",
    ]


@pytest.mark.parametrize(
    ("value", "written"),
    [("a.b", "a.b"), ("true", '"true"'), ("1.10", '"1.10"'), ("a: b", '"a: b"'), ("@x", '"@x"')],
)
def test_quotes_only_where_yaml_needs_them(value: str, written: str) -> None:
    """A text that YAML would read as another value is quoted."""
    text = "Resources:\n  A:\n    Handler: x\n"

    assert edit(text, [path("A", "Handler") | {"value": value}])["text"] == (
        f"Resources:\n  A:\n    Handler: {written}\n"
    )
