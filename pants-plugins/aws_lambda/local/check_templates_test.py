"""The goal `check` with `[aws-lambda].templates`."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

from pants.core.goals.check import CheckResults

from aws_lambda.local.check_templates import LambdaTemplatesFieldSet, LambdaTemplatesRequest
from aws_lambda.testing.app_files import HANDLER_SOURCE
from aws_lambda.testing.repository import TrialRepository

AGENT = "arn:aws:lambda:eu-west-1:123456789012:layer:agent:1"
BUILD = f"""\
python_sources()
lambda_layer(name="own", dependencies=[":src"], architecture="arm64")
lambda_function(
    name="fn",
    handler="app.py:handler",
    architecture="arm64",
    layers=[":own", "{AGENT}"],
)
lambda_function(name="skipped", handler="app.py:handler", skip_import_check=True)
"""


def check(repository: TrialRepository, *names: str) -> list[tuple[int, str]]:
    """The exit code and the output of each result for these functions."""
    field_sets = [LambdaTemplatesFieldSet.create(repository.target(each)) for each in names]
    results = repository.runner.request(CheckResults, [LambdaTemplatesRequest(field_sets)])
    return [(each.exit_code, each.stdout + each.stderr) for each in results.results]


def template(metadata: dict[str, Any], output: str) -> str:
    """A template with the values in the metadata of the artifact `dist/<output>`."""
    own = next(each for each in metadata["layers"] if "path" in each)
    return dedent(f"""\
        Resources:
          App:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: ../dist/{output}
              Handler: {metadata["handler"]}
              Runtime: {metadata["runtime"]}
              Architectures: [{metadata["architecture"]}]
              Layers: [!Ref Own, "{AGENT}"]
          Own:
            Type: AWS::Serverless::LayerVersion
            Properties:
              ContentUri: ../dist/{own["path"]}
        """)


def test_template_with_the_values_of_the_metadata(repository: TrialRepository) -> None:
    """The values that `check` computes without a build are those of `<zip>.metadata.json`.

    A wrong handler fails, with the line to change. `check` of another function, or without the
    option, is silent about it.
    """
    repository.write(
        {
            "src/BUILD": BUILD,
            "src/app.py": HANDLER_SOURCE,
        }
    )
    assert check(repository, "fn", "skipped") == []

    built = repository.package("fn")
    text = template(built.metadata, "src/fn.zip")
    repository.write({"src/template.yaml": text})
    repository.set_options("--aws-lambda-templates=['src/*.yaml']")
    assert check(repository, "fn", "skipped") == [
        (0, "src/template.yaml: 1 function agrees with its artifact.")
    ]

    repository.write({"src/template.yaml": text.replace("lambda_function.handler", "app.handler")})
    assert check(repository, "skipped") == []
    assert check(repository, "fn") == [
        (
            1,
            dedent(
                """\
                The template src/template.yaml differs from the artifacts of its functions.

                  src/template.yaml:6  App  Handler  app.handler  must be lambda_function.handler

                To fix, run `pants lambda-migrate --write src/template.yaml`, or change these lines."""
            ),
        )
    ]


def test_missing_template(repository: TrialRepository) -> None:
    """It is an error of the option, and does not hide results of other checks."""
    repository.write(
        {
            "src/BUILD": 'lambda_function(name="fn", handler="app.py:handler")',
            "src/app.py": HANDLER_SOURCE,
        }
    )
    repository.set_options("--aws-lambda-templates=['src/none.yaml']")

    [(code, said)] = check(repository, "fn")
    assert code == 1
    assert said.startswith("UnreadableTemplate: ")
    assert "src/none.yaml  there is no such file" in said
