"""Changes a SAM template with `lambda-migrate`, and uses it with AWS SAM and cfn-lint.

    build-support/templates/run

In a new repository with a function, a layer and the template of a project that `sam build` builds,
`./pants lambda-migrate --write template.yaml` runs. The template must then agree with the artifacts
that `./pants package ::` writes, pass `sam validate --lint` and cfn-lint, and deploy the bytes of
these artifacts after `sam build`.

Exits with 1 if a check fails. It needs the package index and CPython 3.13.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bootstrap.messages import UserError
from environments.environment import ensure_environment
from trial_repository.pants_toml import ROOT, pants_toml
from trial_repository.processes import inherited_environment, stop_daemons

# The benchmarks use AWS SAM as well, so both share one installation.
_REQUIREMENTS = ROOT / "benchmarks/requirements/peers.txt"
_PYTHON_OF_TOOLS = "3.13"
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


@dataclass(frozen=True)
class TemplateProject:
    """A repository with a SAM template. `tools` is the folder of SAM and cfn-lint."""

    folder: Path
    tools: Path

    def create(self) -> None:
        (self.folder / "pants.toml").write_text(
            pants_toml(
                root_patterns=["/src/*"],
                more={"aws-lambda": {"templates": ["template.yaml"]}},
            )
        )
        for path, text in _FILES.items():
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    @property
    def template(self) -> str:
        return (self.folder / "template.yaml").read_text()

    def pants(self, *arguments: str) -> bool:
        return self._succeeds(str(ROOT / "pants"), *arguments)

    def tool(self, name: str, *arguments: str) -> bool:
        return self._succeeds(str(self.tools / name), *arguments)

    def built_path(self, resource: str, key: str) -> Path:
        """The path of code in the template that `sam build` writes."""
        folder = self.folder / ".aws-sam/build"
        text = (folder / "template.yaml").read_text().partition(f"\n  {resource}:\n")[2]
        return folder / text.partition(f"{key}: ")[2].partition("\n")[0].strip()

    def _succeeds(self, *command: str) -> bool:
        """Run a command, and print its output if it fails."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={
                **inherited_environment(),
                "AWS_DEFAULT_REGION": "eu-west-1",
                "SAM_CLI_TELEMETRY": "0",
                "PATH": os.pathsep.join([str(self.tools), os.environ["PATH"]]),
            },
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        return done.returncode == 0


def main() -> int:
    python = ensure_environment("peers", _REQUIREMENTS, _PYTHON_OF_TOOLS)
    with tempfile.TemporaryDirectory() as folder:
        project = TemplateProject(Path(folder).resolve(), python.parent)
        project.create()
        try:
            return int(not all([*_run_checks(project)]))
        finally:
            stop_daemons(project.folder)


def _run_checks(project: TemplateProject) -> Iterator[bool]:
    """Print and yield the result of each check. Ends when a command fails."""
    expected = project.template
    for before, after in _CHANGED.items():
        expected = expected.replace(before, after)
    changed = project.pants("lambda-migrate", "--write", "template.yaml")
    yield _report("lambda-migrate changes only the values", project.template == expected)
    if not changed:
        return
    for name, succeeded in _run_commands(project):
        yield _report(name, succeeded)
        if not succeeded:
            return
    for resource, key, artifact, file in (
        ("Orders", "CodeUri", "fn.zip", "lambda_function.py"),
        ("Models", "ContentUri", "models.zip", "python/models.py"),
    ):
        built = project.built_path(resource, key)
        same = built.resolve() == project.folder / "dist/src.orders" / artifact
        has_file = same and file in zipfile.ZipFile(built).namelist()
        yield _report(f"sam build uses {artifact} as it is", has_file)
    folder = project.built_path("Admin", "CodeUri")
    yield _report("sam build uses a folder as it is", (folder / "lambda_function.py").is_file())


def _run_commands(project: TemplateProject) -> Iterator[tuple[str, bool]]:
    checked = project.pants("--check-only=lambda-templates", "check", "package", "::")
    yield "check and package", checked
    yield "sam validate --lint", project.tool("sam", "validate", "--lint")
    yield "cfn-lint", project.tool("cfn-lint", "template.yaml")
    yield "sam build", project.tool("sam", "build")


def _report(result: str, passed: bool) -> bool:
    print(f"{'passed' if passed else 'FAILED'}  {result}", flush=True)
    return passed


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(str(error))
