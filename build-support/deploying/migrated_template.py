"""A SAM template that `lambda-migrate` changes, in a new repository.

The repository has functions, a layer and the template of a project that `sam build` builds. After
`./pants lambda-migrate --write template.yaml`, the template must agree with the artifacts that
`./pants package ::` writes, pass `sam validate --lint` and cfn-lint, and deploy the bytes of these
artifacts after `sam build`.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator

from deploying.sam import built_path
from deploying.tools import Result, Tools
from trial_repository.machine import PANTS, Machine
from trial_repository.pants_toml import pants_toml

_FILES = {
    "src/orders/BUILD": """\
python_sources()

lambda_function(
    name="fn",
    handler="app.py:lambda_handler",
    layers=[":models"],
    runtime="python3.13",
)

lambda_layer(
    name="models",
    dependencies=["src/orders/models.py"],
    runtime="python3.13",
)

lambda_function(
    name="folder",
    handler="admin.py:main",
    layout="flat",
    runtime="python3.13",
)
""",
    "src/orders/app.py": "import models\n\n\ndef lambda_handler(event, context):\n    return 1\n",
    "src/orders/admin.py": "def main(event, context):\n    return 2\n",
    "src/orders/models.py": 'NAME = "orders"\n',
    "template.yaml": """\
# The template of a project that `sam build` builds.
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Timeout: 30, MemorySize: 256}
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/orders/    # the orders service
      Handler: "app.lambda_handler"
      Runtime: python3.13
      Layers:
        - !Ref Models
      Policies:
        - Statement: [{Effect: Allow, Action: 's3:ListBucket', Resource: !Sub "${Bucket.Arn}"}]
  Bucket: {Type: AWS::S3::Bucket}
  Admin:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/orders/
      Handler: admin.main
      Runtime: python3.13

  Models:
    Type: AWS::Serverless::LayerVersion
    Properties:
      ContentUri: layers/models
      CompatibleRuntimes: [python3.13]
    Metadata:
      BuildMethod: python3.13
""",
}
_CHANGED = {
    "CodeUri: src/orders/    # the": "CodeUri: dist/src.orders/fn.zip    # the",
    '"app.lambda_handler"': '"lambda_function.handler"',
    "CodeUri: src/orders/\n": "CodeUri: dist/src.orders/folder\n",
    "Handler: admin.main\n      Runtime: python3.13\n": (
        "Handler: lambda_function.handler\n      Runtime: python3.13\n"
        "    Metadata:\n      SkipBuild: true\n"
    ),
    "ContentUri: layers/models": "ContentUri: dist/src.orders/models.zip",
}


def check_migrated_template(tools: Tools) -> Iterator[Result]:
    """Create the repository in `tools.folder`, and check it. Ends when a command fails."""
    options = {"aws-lambda": {"templates": ["template.yaml"]}}
    machine = Machine(tools.folder)
    machine.write({**_FILES, "pants.toml": pants_toml(root_patterns=["/src/*"], more=options)})
    try:
        yield from _run_checks(tools)
    finally:
        machine.stop_daemon()


def _run_checks(tools: Tools) -> Iterator[Result]:
    expected = _FILES["template.yaml"]
    for before, after in _CHANGED.items():
        expected = expected.replace(before, after)
    changed = tools.run(str(PANTS), "lambda-migrate", "--write", "template.yaml")
    template = (tools.folder / "template.yaml").read_text()
    yield "lambda-migrate changes only the values", template == expected
    if not changed:
        return
    for name, succeeded in _run_commands(tools):
        yield name, succeeded
        if not succeeded:
            return
    for resource, key, artifact, file in (
        ("Orders", "CodeUri", "fn.zip", "lambda_function.py"),
        ("Models", "ContentUri", "models.zip", "python/models.py"),
    ):
        built = built_path(tools.folder, resource, key)
        same = built == tools.folder / "dist/src.orders" / artifact
        has_file = same and file in zipfile.ZipFile(built).namelist()
        yield f"sam build uses {artifact} as it is", has_file
    folder = built_path(tools.folder, "Admin", "CodeUri")
    yield "sam build uses a folder as it is", (folder / "lambda_function.py").is_file()


def _run_commands(tools: Tools) -> Iterator[Result]:
    checked = tools.run(str(PANTS), "--check-only=lambda-templates", "check", "package", "::")
    yield "check and package", checked
    yield "sam validate --lint", tools.run("sam", "validate", "--lint")
    yield "cfn-lint", tools.run("cfn-lint", "template.yaml")
    yield "sam build", tools.run("sam", "build")
