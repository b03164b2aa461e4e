"""Functions and layers of serverless.yml, with its variables."""

from __future__ import annotations

from textwrap import dedent

from aws_lambda.templates.declared_functions import (
    IMAGE,
    PATH,
    DeclaredFunction,
    DeclaredLayer,
    Literal,
    Template,
)
from aws_lambda.templates.documents import parse_node
from aws_lambda.templates.template_formats import read_template
from aws_lambda.testing.program_runs import import_program

_PROGRAM = import_program("read_template.py")


def _read(text: str, tmp_path: object) -> Template:
    file = f"{tmp_path}/serverless.yml"
    with open(file, "w", encoding="utf-8") as opened:
        opened.write(dedent(text))
    template = read_template("svc/serverless.yml", parse_node(_PROGRAM.main([file])[file]))
    assert template is not None
    return template


def test_functions_of_a_service(tmp_path: object) -> None:
    """The provider has defaults, variables have the values in the file, and layers have names."""
    template = _read(
        """\
        service: shop
        custom:
          stage: ${opt:stage, 'dev'}
          tables:
            dev: orders-dev
          shared:
            LEVEL: info
        provider:
          name: aws
          runtime: python3.13
          architecture: arm64
          environment: ${self:custom.shared}
        package:
          individually: true
          patterns: ['!node_modules/**']
        layers:
          common-code:
            path: layers/common
            compatibleRuntimes: [python3.13]
        functions:
          create:
            handler: src/orders/create.handler
            layers:
              - !Ref Common-codeLambdaLayer
              - {Ref: CommonDashcodeLambdaLayer}
              - arn:aws:lambda:eu-west-1:123456789012:layer:tools:3
            environment:
              TABLE: ${self:custom.tables.${self:custom.stage}}
              SECRET: ${ssm:/secret}
              NAME: ${self:service}-${sls:stage}
          worker:
            handler: handler.main
            module: src/worker
            runtime: ${file(other.yml):runtime}
          page:
            image: repository/page
        """,
        tmp_path,
    )

    assert template == Template(
        "svc/serverless.yml",
        functions=(
            DeclaredFunction(
                template="svc/serverless.yml",
                name="create",
                line=21,
                kind="serverless.yml",
                code=Literal(".", 21),
                code_kind=PATH,
                handler=Literal("src/orders/create.handler", 22),
                runtime=Literal("python3.13", 10),
                architecture=Literal("arm64", 11),
                layers=(
                    Literal("common-code", 25),
                    Literal("arn:aws:lambda:eu-west-1:123456789012:layer:tools:3", 26),
                ),
                environment={
                    "LEVEL": "info",
                    "TABLE": "orders-dev",
                    "SECRET": None,
                    "NAME": "shop-dev",
                },
                unresolved=(
                    "The file does not contain the value of `layers` on line 24: it is `Ref`.",
                ),
                patterns=("!node_modules/**",),
            ),
            DeclaredFunction(
                template="svc/serverless.yml",
                name="worker",
                line=31,
                kind="serverless.yml",
                code=Literal("src/worker", 33),
                code_kind=PATH,
                handler=Literal("handler.main", 32),
                architecture=Literal("arm64", 11),
                environment={"LEVEL": "info"},
                unresolved=(
                    "The file does not contain the value of `runtime` on line 34: it is "
                    "`${file(other.yml):runtime}`.",
                ),
                patterns=("!node_modules/**",),
            ),
            DeclaredFunction(
                template="svc/serverless.yml",
                name="page",
                line=35,
                kind="serverless.yml",
                code_kind=IMAGE,
                runtime=Literal("python3.13", 10),
                architecture=Literal("arm64", 11),
                environment={"LEVEL": "info"},
                patterns=("!node_modules/**",),
            ),
        ),
        layers=(
            DeclaredLayer(
                template="svc/serverless.yml",
                name="common-code",
                line=17,
                content=Literal("layers/common", 18),
                code_kind=PATH,
                runtimes=(Literal("python3.13", 19),),
            ),
        ),
    )


def test_other_providers(tmp_path: object) -> None:
    """Functions of other clouds are reported and not read."""
    template = _read(
        "service: a\nprovider: {name: google}\nfunctions: {f: {handler: a.b}}\n", tmp_path
    )

    assert template == Template(
        "svc/serverless.yml", unresolved=("The provider is google, and not aws.",)
    )
