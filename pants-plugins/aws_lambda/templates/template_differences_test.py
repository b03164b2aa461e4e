"""The differences between templates and artifacts, and the messages about them."""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from aws_lambda.templates.declared_functions import Template
from aws_lambda.templates.documents import parse_node
from aws_lambda.templates.function_matches import (
    match_functions,
    sought_files,
    with_relative_code,
)
from aws_lambda.templates.packaged_functions import (
    PackagedFunction,
    PackagedLayer,
    PackagedTargets,
)
from aws_lambda.templates.planned_targets import PlannedTargets, compare_with_plan
from aws_lambda.templates.template_differences import (
    TemplateComparison,
    compare_template,
    select_functions,
)
from aws_lambda.templates.template_edits import edits_as_json
from aws_lambda.templates.template_formats import read_template
from aws_lambda.templates.template_report import (
    describe_agreement,
    describe_differences,
    describe_doubts,
)
from aws_lambda.testing.program_runs import import_program

_READER = import_program("read_template.py")
_EDITOR = import_program("edit_template.py")

DEPS = PackagedLayer("src/orders:deps", "dist/src.orders/deps.zip", "orders-deps")
SHARED = PackagedLayer("src/shared:layer", "dist/src.shared/layer.zip")
ORDERS = PackagedFunction(
    address="src/orders:fn",
    output="dist/src.orders/fn.zip",
    handler="lambda_function.handler",
    runtime="python3.13",
    architecture="x86_64",
    module="app",
    function="lambda_handler",
    file="src/orders/app.py",
)
BILLING = PackagedFunction(
    address="src/billing:fn",
    output="dist/src.billing/fn.zip",
    handler="lambda_function.handler",
    runtime="python3.13",
    architecture="arm64",
    module="billing.app",
    function="main",
)
HEADER = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: python3.13
Resources:
"""
GOOD = f"""\
{HEADER}\
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: dist/src.orders/fn.zip
      Handler: lambda_function.handler
"""


GUIDE = Path("docs/guides/templates.md")


class Comparer:
    """Reads templates, compares them and edits them, as the rules do."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, text: str, path: str = "template.yaml") -> Template:
        file = self._folder / "template"
        file.write_text(text)
        template = read_template(path, parse_node(_READER.main([str(file)])[str(file)]))
        assert template is not None
        return template

    def __call__(
        self,
        text: str,
        *functions: PackagedFunction,
        path: str = "template.yaml",
        files: tuple[str, ...] = (),
        layers: tuple[PackagedLayer, ...] = (DEPS, SHARED),
    ) -> TemplateComparison:
        template = self.read(text, path)
        targets = PackagedTargets(functions or (ORDERS, BILLING), layers)
        sought = sought_files(template.functions)
        matches = match_functions(template.functions, targets, sought & {*files})
        return compare_template(template, matches, targets, {})

    def edited(self, text: str, comparison: TemplateComparison) -> str:
        edits = json.loads(edits_as_json(comparison.differences))
        report: dict[str, Any] = _EDITOR.edit(text, edits)
        assert report["refused"] == []
        return str(report["text"])


@pytest.fixture
def compare(tmp_path: Path) -> Comparer:
    return Comparer(tmp_path)


def test_template_that_agrees(compare: Comparer) -> None:
    """x86_64 is AWS's default, so the template does not have to say it."""
    comparison = compare(GOOD)

    assert (comparison.differences, comparison.doubts) == ((), ())
    assert describe_agreement(comparison) == ("template.yaml: 1 function agrees with its artifact.")


def test_wrong_handler(compare: Comparer) -> None:
    """The message contains the line to change, its value, and the value that it must have."""
    comparison = compare(GOOD.replace("lambda_function.handler", "app.lambda_handler"))

    assert describe_differences(comparison) == dedent("""\
        The template template.yaml differs from the artifacts of its functions.

          template.yaml:10  Orders  Handler  app.lambda_handler  must be lambda_function.handler

        To fix, run `pants lambda-migrate --write template.yaml`, or change these lines.""")


def test_function_before_its_adoption(compare: Comparer) -> None:
    """The original handler and the folder of the code lead to the target. The template is in a
    folder of its own.
    """
    text = f"""\
{HEADER}\
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ../src/orders/
      Handler: app.lambda_handler
  Billing:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ../src
      Handler: billing/app.main   # the path form
"""
    comparison = compare(text, path="deploy/template.yaml")

    assert describe_differences(comparison).splitlines()[2:-2] == [
        "  deploy/template.yaml:9   Orders   CodeUri        ../src/orders/      "
        "must be ../dist/src.orders/fn.zip",
        "  deploy/template.yaml:10  Orders   Handler        app.lambda_handler  "
        "must be lambda_function.handler",
        "  deploy/template.yaml:11  Billing  Architectures  not set             must be arm64",
        "  deploy/template.yaml:14  Billing  CodeUri        ../src              "
        "must be ../dist/src.billing/fn.zip",
        "  deploy/template.yaml:15  Billing  Handler        billing/app.main    "
        "must be lambda_function.handler",
    ]
    edited = compare.edited(text, comparison)
    assert edited == text.replace("../src/orders/", "../dist/src.orders/fn.zip").replace(
        "CodeUri: ../src\n      Handler: billing/app.main   # the path form\n",
        "CodeUri: ../dist/src.billing/fn.zip\n"
        "      Handler: lambda_function.handler   # the path form\n"
        "      Architectures:\n        - arm64\n",
    ).replace("app.lambda_handler", "lambda_function.handler")
    assert compare(edited, path="deploy/template.yaml").differences == ()


def test_example_of_the_guide(compare: Comparer) -> None:
    """The template, the diff and the message in the guide belong together."""
    snippets = dict(
        re.findall(r"<!-- template (\w+) -->\n```\w+\n(.*?)```\n", GUIDE.read_text(), re.DOTALL)
    )
    function = replace(ORDERS, layers=(DEPS,))
    before = snippets["before"]

    after = compare.edited(before, compare(before, function))
    lines = difflib.unified_diff(
        before.splitlines(True), after.splitlines(True), "a/template.yaml", "b/template.yaml"
    )
    assert "".join(lines) == snippets["diff"]
    wrong = after.replace("lambda_function.handler", "app.lambda_handler")
    assert describe_differences(compare(wrong, function)) == snippets["message"].rstrip()


def test_layers_in_their_order(compare: Comparer) -> None:
    """A layer of sources becomes the layer that replaces it, and missing layers are added. Layers
    of others stay.
    """
    text = f"""\
{GOOD}\
      Layers:
        - !Ref Dependencies   # pip
        - !Sub arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:1:layer:agent:1
  Dependencies:
    Type: AWS::Serverless::LayerVersion
    Properties:
      ContentUri: layers/dependencies
    Metadata: {{BuildMethod: python3.13}}
"""
    one = replace(ORDERS, layers=(DEPS,))
    comparison = compare(text, one)
    assert describe_differences(comparison).splitlines()[2:-2] == [
        "  template.yaml:17  Dependencies  ContentUri  layers/dependencies  "
        "must be dist/src.orders/deps.zip"
    ]
    edited = compare.edited(text, comparison)
    assert edited == text.replace("layers/dependencies", "dist/src.orders/deps.zip")

    two = replace(ORDERS, layers=(SHARED, DEPS))
    comparison = compare(edited, two)
    assert describe_differences(comparison).splitlines()[2:-2] == [
        "  template.yaml:6   SrcSharedLayer  ContentUri  no such layer  "
        "must be dist/src.shared/layer.zip",
        "  template.yaml:12  Orders          Layers      Dependencies   "
        "must be SrcSharedLayer, Dependencies",
    ]
    again = compare.edited(edited, comparison)
    assert (
        again
        == edited.replace(
            "        - !Ref Dependencies   # pip\n",
            "        - !Ref SrcSharedLayer\n        - !Ref Dependencies   # pip\n",
        )
        + dedent("""\
        |  SrcSharedLayer:
        |    Type: AWS::Serverless::LayerVersion
        |    Properties:
        |      ContentUri: dist/src.shared/layer.zip
        |      CompatibleRuntimes:
        |        - python3.13
        |      CompatibleArchitectures:
        |        - x86_64
        """).replace("|", "")
    )
    assert compare(again, two).differences == ()
    # The order decides which of two files Lambda uses.
    assert [each.label for each in compare(again, replace(two, layers=(DEPS, SHARED))).differences]


def test_layer_that_another_function_needs(compare: Comparer) -> None:
    """A layer stays if a function without a target attaches it as well."""
    text = f"""\
{GOOD}\
      Layers: [!Ref Dependencies]
  Other:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: other, Handler: app.main, Layers: [!Ref Dependencies]}}
  Dependencies:
    Type: AWS::Serverless::LayerVersion
    Properties: {{ContentUri: layers/dependencies}}
"""
    comparison = compare(text, replace(ORDERS, layers=(DEPS,)))

    assert [(each.name, each.label) for each in comparison.differences] == [
        ("OrdersDepsLayer", "ContentUri"),
        ("Orders", "Layers"),
    ]
    assert "Layers: [!Ref OrdersDepsLayer]" in compare.edited(text, comparison)


def test_folder_must_not_be_built(compare: Comparer) -> None:
    """`sam build` copies a zip as it is. It would build a folder again."""
    folder = replace(ORDERS, output="dist/src.orders/fn")
    text = GOOD.replace("fn.zip", "fn")
    comparison = compare(text, folder)

    assert [(each.label, each.needed) for each in comparison.differences] == [("SkipBuild", "true")]
    edited = compare.edited(text, comparison)
    assert edited == f"{text}    Metadata:\n      SkipBuild: true\n"
    assert compare(edited, folder).differences == ()


def test_wrong_architecture(compare: Comparer) -> None:
    """A function has one architecture, in a list."""
    text = f"{GOOD}      Architectures: [arm64]\n"

    assert compare.edited(text, compare(text)) == text.replace("arm64", "x86_64")


def test_cloudformation(compare: Comparer) -> None:
    """`Code` is the path that `aws cloudformation package` uploads."""
    text = """\
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      Code: src/orders
      Handler: app.lambda_handler
      Runtime: python3.13
"""
    comparison = compare(text)

    assert compare.edited(text, comparison) == text.replace(
        "src/orders", "dist/src.orders/fn.zip"
    ).replace("app.lambda_handler", "lambda_function.handler")


def test_serverless(compare: Comparer) -> None:
    """The handler of a function begins in the folder of the service, and a layer has a name in
    lower case, from which the framework makes the logical ID.
    """
    text = """\
service: shop
provider:
  name: aws
  runtime: python3.13
functions:
  orders:
    handler: src/orders/app.lambda_handler
    layers:
      - {Ref: DepsLambdaLayer}
layers:
  deps:
    path: layers/deps   # pip
"""
    one, two = replace(ORDERS, layers=(DEPS,)), replace(ORDERS, layers=(DEPS, SHARED))
    first = compare(text, one, path="serverless.yml")
    assert [(each.line, each.needed) for each in first.differences] == [
        (6, "dist/src.orders/fn.zip"),
        (7, "lambda_function.handler"),
        (12, "dist/src.orders/deps.zip"),
    ]

    edited = compare.edited(text, first)
    edited = compare.edited(edited, compare(edited, two, path="serverless.yml"))
    assert edited == """\
service: shop
provider:
  name: aws
  runtime: python3.13
functions:
  orders:
    handler: lambda_function.handler
    layers:
      - {Ref: DepsLambdaLayer}
      - !Ref SrcDashsharedDashlayerLambdaLayer
    package:
      artifact: dist/src.orders/fn.zip
layers:
  deps:
    path: layers/deps   # pip
    package:
      artifact: dist/src.orders/deps.zip
  src-shared-layer:
    package:
      artifact: dist/src.shared/layer.zip
    compatibleRuntimes:
      - python3.13
    compatibleArchitectures:
      - x86_64
"""
    assert compare(edited, two, path="serverless.yml").differences == ()


@pytest.mark.parametrize(
    ("properties", "doubt"),
    [
        ("CodeUri: dist/old.zip, Handler: a.b", "No target writes dist/old.zip."),
        (
            "CodeUri: src/orders, Handler: app.other",
            "The target src/orders:fn packages `lambda_handler` of src/orders/app.py, and not "
            "`other`.",
        ),
        (
            "CodeUri: src/orders, Handler: lambda_function.handler",
            "src/orders/lambda_function.py does not exist. The target src/orders:fn has code in "
            "src/orders.",
        ),
    ],
)
def test_function_of_no_known_target(compare: Comparer, properties: str, doubt: str) -> None:
    """The message says why, and what to write."""
    text = f"{HEADER}  F: {{Type: AWS::Serverless::Function, Properties: {{{properties}}}}}\n"
    comparison = compare(text, files=("src/orders/app.py",))

    assert describe_doubts(comparison, "dist") == dedent(
        f"""\
        The targets of functions in the template template.yaml cannot be found.

          template.yaml:6  F  {doubt}

        To fix, correct the handler, or write the path of the function's artifact as its code, such as `dist/src.orders/fn.zip`."""
    )


def test_several_targets_for_a_handler(compare: Comparer) -> None:
    """The architecture decides between the variants of a target, if it can."""
    variants = [
        replace(
            ORDERS, address=f"src/orders:fn@{name}", architecture=name, output=f"dist/{name}.zip"
        )
        for name in ("arm64", "x86_64")
    ]
    text = GOOD.replace("dist/src.orders/fn.zip", "src/orders").replace(
        "lambda_function.handler", "app.lambda_handler"
    )
    assert compare(text, *variants).differences[0].needed == "dist/x86_64.zip"

    same = (ORDERS, replace(ORDERS, address="src/orders:other"))
    assert compare(text, *same).doubts == (
        (6, "Orders", "Several targets package its handler: src/orders:fn, src/orders:other."),
    )


@pytest.mark.parametrize(
    "properties",
    [
        "Runtime: nodejs22.x, CodeUri: src/orders, Handler: app.lambda_handler",
        "CodeUri: other, Handler: app.main",
        "InlineCode: pass, Handler: index.main",
        "PackageType: Image, ImageUri: x",
        "CodeUri: s3://bucket/key, Handler: app.lambda_handler",
        "CodeUri: src/orders, Handler: admin.main",
    ],
)
def test_functions_of_others(compare: Comparer, properties: str) -> None:
    """They are named in one line, and are no error."""
    text = f"{HEADER}  F: {{Type: AWS::Serverless::Function, Properties: {{{properties}}}}}\n"
    comparison = compare(text, files=("src/orders/admin.py",))

    assert (comparison.differences, comparison.doubts) == ((), ())
    assert describe_agreement(comparison) == "template.yaml: no target packages F."


def test_value_of_the_deployment(compare: Comparer) -> None:
    """A value that the template does not contain is a note."""
    text = GOOD.replace("Runtime: python3.13", "Runtime: !Ref Python")
    comparison = compare(f"Parameters: {{Python: {{Type: String}}}}\n{text}")

    assert comparison.differences == ()
    assert describe_agreement(comparison).splitlines()[1:] == [
        "template.yaml:7  Orders  The template does not contain the value of `Runtime` on line 5: "
        "it is the parameter `Python`, which has no `Default`."
    ]


def test_only_given_functions(compare: Comparer) -> None:
    """`check` of one target is silent about the other functions of its template."""
    text = GOOD.replace("Handler: lambda_function.handler", "Handler: x.y")
    comparison = compare(text)

    assert select_functions(comparison, frozenset({"src/orders:fn"})).differences
    assert select_functions(comparison, frozenset({"src/billing:fn"})) == TemplateComparison(
        "template.yaml"
    )


def test_generated_template(compare: Comparer) -> None:
    """The template of a CDK app is never edited. It contains absolute paths of code."""
    text = """\
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties: {Code: {S3Bucket: b, S3Key: k}, Handler: x.y, Runtime: python3.13}
    Metadata: {"aws:asset:path": /home/me/shop/dist/src.orders/fn.zip}
"""
    path = "cdk.out/App.template.json"
    template = compare.read(text, path)
    functions = [with_relative_code(each, "/home/me/shop") for each in template.functions]
    targets = PackagedTargets((ORDERS,), ())
    matches = match_functions(functions, targets, frozenset())
    comparison = compare_template(template, matches, targets, {})

    assert describe_differences(comparison) == dedent("""\
        The template cdk.out/App.template.json differs from the artifacts of its functions.

          cdk.out/App.template.json:4  Orders  Handler  x.y  must be lambda_function.handler

        To fix, change the CDK app, and run `cdk synth` again.""")


def test_target_that_does_not_exist_yet(compare: Comparer) -> None:
    """`lambda-migrate` changes BUILD files and the template in one run."""
    template = compare.read(f"{GOOD.replace('dist/src.orders/fn.zip', 'src/orders')}\
      Layers: [!Ref Dependencies]\n\
  Dependencies:\n\
    Type: AWS::Serverless::LayerVersion\n\
    Properties: {{ContentUri: src/layer}}\n")
    planned = PlannedTargets(
        {("template.yaml", "Orders"): replace(ORDERS, layers=(SHARED, DEPS))},
        {("template.yaml", "Dependencies"): DEPS},
    )
    matches = match_functions(template.functions, PackagedTargets((), ()), frozenset())
    comparison = compare_with_plan(template, matches, PackagedTargets((), ()), planned)

    assert [(each.name, each.label, each.needed) for each in comparison.differences] == [
        ("SrcSharedLayer", "ContentUri", "dist/src.shared/layer.zip"),
        ("Orders", "CodeUri", "dist/src.orders/fn.zip"),
        ("Orders", "Layers", "SrcSharedLayer, Dependencies"),
        ("Dependencies", "ContentUri", "dist/src.orders/deps.zip"),
    ]
