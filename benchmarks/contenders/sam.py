"""AWS SAM's command line, which leaves a folder instead of a zip."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders.contender import Artifact, run
from benchmarks.contenders.tools import Tools
from benchmarks.projects.project import RUNTIME, Edit, Function, Project, write

_TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
"""
_RESOURCE = """\
  {id}:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: {id}/
      Handler: {handler}
      Runtime: {runtime}
      Architectures: [x86_64]
"""


@dataclass(frozen=True)
class Sam:
    """A contender with a folder per function that contains a copy of the shared code.

    SAM builds each function from one folder.
    """

    name: str
    folder: Path
    project: Project
    tools: Tools
    options: tuple[str, ...] = ()

    def prepare(self) -> None:
        self.project.write(self.folder / "project")
        template = [_TEMPLATE]
        for function in self.project.functions:
            target = self.folder / _logical_id(function)
            for each in function.first_party:
                shutil.copytree(self.folder / "project/src" / each, target / each)
            self.tools.write_pins(
                self.project.pins, function.distributions, target / "requirements.txt"
            )
            resource = {
                "id": _logical_id(function),
                "handler": function.handler,
                "runtime": RUNTIME,
            }
            template.append(_RESOURCE.format(**resource))
        write(self.folder / "template.yaml", "".join(template))
        self.build(None)

    def write(self, edit: Edit) -> None:
        for function in self.project.functions:
            copy = self.folder / _logical_id(function) / edit.path
            if copy.exists():
                write(copy, edit.text)

    def forget(self) -> None:
        shutil.rmtree(self.folder / ".aws-sam", ignore_errors=True)

    def build(self, only: Function | None) -> None:
        # --parallel makes SAM as fast as possible for several functions.
        selection = [_logical_id(only)] if only else ["--parallel"]
        run(["sam", "build", *self.options, *selection], self.folder, self.tools.environment())

    def artifact(self, function: Function) -> Artifact:
        return Artifact(self.folder / ".aws-sam/build" / _logical_id(function))

    def stop(self) -> None:
        return

    def wake(self) -> None:
        return


def _logical_id(function: Function) -> str:
    """The logical ID of the function in the template, which may contain letters and digits only."""
    return "".join(part for part in function.folder.title() if part.isalnum())
