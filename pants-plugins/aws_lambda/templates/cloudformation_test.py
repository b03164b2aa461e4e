"""Functions and layers of SAM and CloudFormation templates, with lines and references."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from aws_lambda.templates.declared_functions import (
    ASSET,
    IMAGE,
    INLINE,
    PATH,
    S3,
    UNKNOWN,
    DeclaredFunction,
    DeclaredLayer,
    Literal,
    Template,
)
from aws_lambda.templates.documents import parse_node
from aws_lambda.templates.template_formats import read_template
from aws_lambda.testing.program_runs import import_program

_PROGRAM = import_program("read_template.py")


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def read(text: str, name: str = "template.yaml") -> Template:
        file = tmp_path / name
        file.write_text(dedent(text))
        facts = _PROGRAM.main([str(file)])[str(file)]
        assert "unreadable" not in facts, facts
        template = read_template(name, parse_node(facts))
        assert template is not None
        return template

    return read


def test_function_of_sam(read: Any) -> None:
    """`Globals` merge mappings, append lists, and lose against the function's own values."""
    template = read("""\
        Transform: AWS::Serverless-2016-10-31
        Parameters:
          LogLevel: {Type: String, Default: INFO}
          Key: {Type: String, Default: abc, NoEcho: true}
          Stage: {Type: String}
        Mappings:
          Versions:
            python: {current: python3.13}
        Globals:
          Function:
            Runtime: !FindInMap [Versions, python, current]
            Architectures: [arm64]
            Layers:
              - !Ref Shared
            Environment:
              Variables:
                LOG_LEVEL: !Ref LogLevel
                STAGE: !Ref Stage
        Resources:
          Orders:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: src/orders/
              Handler: app.handler
              Layers:
                - arn:aws:lambda:eu-west-1:123456789012:layer:tools:3
                - !Sub "arn:aws:lambda:${AWS::Region}:123456789012:layer:tools:3"
              Environment:
                Variables:
                  TIMEOUT: 30
                  KEY: !Ref Key
                  PASSWORD: "{{resolve:secretsmanager:MySecret}}"
                  NAME: !Sub "orders-${LogLevel}-${!Raw}"
          Shared:
            Type: AWS::Serverless::LayerVersion
            Properties:
              ContentUri: layers/shared
              LayerName: shared
              CompatibleRuntimes: [python3.13]
            Metadata:
              BuildMethod: python3.13
        """)

    assert template == Template(
        "template.yaml",
        functions=(
            DeclaredFunction(
                template="template.yaml",
                name="Orders",
                line=20,
                kind="AWS::Serverless::Function",
                code=Literal("src/orders/", 23),
                code_kind=PATH,
                handler=Literal("app.handler", 24),
                runtime=Literal("python3.13", 11),
                architecture=Literal("arm64", 12),
                layers=(
                    Literal("Shared", 14),
                    Literal("arn:aws:lambda:eu-west-1:123456789012:layer:tools:3", 26),
                ),
                environment={
                    "LOG_LEVEL": "INFO",
                    "STAGE": None,
                    "TIMEOUT": "30",
                    "KEY": None,
                    "PASSWORD": None,
                    "NAME": "orders-INFO-${Raw}",
                },
                unresolved=(
                    "The template does not contain the value of `Layers` on line 27: it is a "
                    "reference to `AWS::Region`.",
                ),
            ),
        ),
        layers=(
            DeclaredLayer(
                template="template.yaml",
                name="Shared",
                line=34,
                content=Literal("layers/shared", 37),
                code_kind=PATH,
                layer_name=Literal("shared", 38),
                runtimes=(Literal("python3.13", 39),),
                build_method="python3.13",
            ),
        ),
    )


def test_json_with_tabs_and_long_forms(read: Any) -> None:
    """JSON is read like YAML, and CloudFormation's functions like SAM's."""
    template = read(
        '{"Resources": {\n\t"Api": {\n\t\t"Type": "AWS::Lambda::Function",\n'
        '\t\t"Properties": {"Code": "build/api", "Runtime": {"Fn::Join": ["", ["python", "3.12"]]},\n'
        '\t\t"Handler": {"Fn::Select": ["1", ["a.b", "c.d"]]}, "Layers": [{"Ref": "AWS::NoValue"}]}},\n'
        '\t"Worker": {"Type": "AWS::Lambda::Function", "Metadata": {"aws:asset:path": "asset.0"},\n'
        '\t\t"Properties": {"Code": {"S3Bucket": "b", "S3Key": "k"}, "Handler": "index.handler"}}}}',
        "template.json",
    )

    assert template.functions == (
        DeclaredFunction(
            template="template.json",
            name="Api",
            line=2,
            kind="AWS::Lambda::Function",
            code=Literal("build/api", 4),
            code_kind=PATH,
            handler=Literal("c.d", 5),
            runtime=Literal("python3.12", 4),
        ),
        DeclaredFunction(
            template="template.json",
            name="Worker",
            line=6,
            kind="AWS::Lambda::Function",
            code=Literal("asset.0", 6),
            code_kind=ASSET,
            handler=Literal("index.handler", 7),
        ),
    )


@pytest.mark.parametrize(
    ("properties", "kind"),
    [
        ("{InlineCode: 'def f(): pass'}", INLINE),
        ("{PackageType: Image}", IMAGE),
        ("{CodeUri: {Bucket: b, Key: k}}", S3),
        ("{CodeUri: s3://b/k}", S3),
        ("{CodeUri: !If [Local, src, out]}", UNKNOWN),
    ],
)
def test_code_that_is_not_a_path(read: Any, properties: str, kind: str) -> None:
    """The kind says why a function has no path of code."""
    template = read(
        f"Resources: {{F: {{Type: 'AWS::Serverless::Function', Properties: {properties}}}}}"
    )

    assert (template.functions[0].code, template.functions[0].code_kind) == (None, kind)


def test_values_that_only_deployment_knows(read: Any) -> None:
    """Each value that the template does not contain is reported, with its line."""
    template = read("""\
        Parameters:
          Runtime: {Type: String}
          Path: {Type: "AWS::SSM::Parameter::Value<String>", Default: /path}
        Resources:
          Fn::ForEach::Topics: [Name, [A, B], {}]
          Bucket: {Type: AWS::S3::Bucket}
          Worker:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: !Ref Path
              Runtime: !Ref Runtime
              Handler: !ImportValue Handler
              Architectures: [!If [Arm, arm64, x86_64]]
              Layers: [!GetAtt Stack.Outputs.Layer, !Ref Bucket]
        """)

    assert template.unresolved == (
        "`Fn::ForEach::Topics` on line 5 makes resources when AWS deploys the template.",
    )
    assert template.functions[0].unresolved == tuple(
        f"The template does not contain the value of {each}."
        for each in (
            "`CodeUri` on line 10: it is the parameter `Path`, whose value is in SSM",
            "`Architectures` on line 13: it is `Fn::If`",
            "`Handler` on line 12: it is `Fn::ImportValue`",
            "`Runtime` on line 11: it is the parameter `Runtime`, which has no `Default`",
            "`Layers` on line 14: it is `Fn::GetAtt`",
            "`Layers` on line 14: it is the resource `Bucket`",
        )
    )


def test_globals_that_a_function_ignores(read: Any) -> None:
    """`IgnoreGlobals` names the properties that a function does not take from `Globals`."""
    template = read("""\
        Globals: {Function: {Runtime: python3.13, Handler: app.handler}}
        Resources:
          A: {Type: "AWS::Serverless::Function", IgnoreGlobals: "*"}
          B: {Type: "AWS::Serverless::Function", IgnoreGlobals: [Handler]}
        """)
    [a, b] = template.functions

    assert (a.runtime, a.handler) == (None, None)
    assert (b.runtime, b.handler) == (Literal("python3.13", 1), None)
