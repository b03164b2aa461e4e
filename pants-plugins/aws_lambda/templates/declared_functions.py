"""The functions and layers that a deployment template declares, with the lines of their values.

All paths are relative to the root of the repository or to the template, as the field says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# The values of `DeclaredFunction.kind`.
SAM_FUNCTION = "AWS::Serverless::Function"
LAMBDA_FUNCTION = "AWS::Lambda::Function"
SERVERLESS_FUNCTION = "serverless.yml"

# The values of `code_kind`: where the code of a function or layer comes from.
PATH = "path"
ASSET = "asset"  # a folder of a CDK cloud assembly, relative to the template
INLINE = "inline"
IMAGE = "image"
S3 = "S3"
UNKNOWN = "unknown"  # not given, or not a value that the template contains


@dataclass(frozen=True)
class Literal:
    """A value of a template and its place.

    `value` is the text, with references replaced by the values that the template contains. `line`
    counts from 1. If a value comes from `Globals` or `provider`, `line` is the line there.
    """

    value: str
    line: int


@dataclass(frozen=True)
class DeclaredFunction:
    """A function that a template declares.

    `template` is a path from the root of the repository. `name` is the logical ID, or the key in
    `functions` of serverless.yml, and `line` is its line. `kind` is a type of CloudFormation or
    "serverless.yml".

    `code` is a path relative to the folder of the template, if `code_kind` is "path" or "asset".
    The values of `Globals` and `provider` are applied. `architecture` is None for AWS's default,
    x86_64. `layers` contains logical IDs of layers in the template, and ARNs. `environment` maps
    variables to values, or to None if the template does not contain the value. `unresolved`
    contains a sentence for each value that the template does not contain. `patterns` are the
    `package.patterns` of serverless.yml. `build_method` and `skip_build` are SAM's
    `Metadata.BuildMethod` and `Metadata.SkipBuild`.
    """

    template: str
    name: str
    line: int
    kind: str
    code: Literal | None = None
    code_kind: str = UNKNOWN
    handler: Literal | None = None
    runtime: Literal | None = None
    architecture: Literal | None = None
    layers: tuple[Literal, ...] = ()
    environment: Mapping[str, str | None] = field(default_factory=dict, hash=False)
    unresolved: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    build_method: str = ""
    skip_build: bool = False


@dataclass(frozen=True)
class DeclaredLayer:
    """A layer that a template declares, with fields as in `DeclaredFunction`.

    `layer_name` is the layer's name in AWS.
    """

    template: str
    name: str
    line: int
    content: Literal | None = None
    code_kind: str = UNKNOWN
    layer_name: Literal | None = None
    runtimes: tuple[Literal, ...] = ()
    architectures: tuple[Literal, ...] = ()
    unresolved: tuple[str, ...] = ()
    build_method: str = ""
    skip_build: bool = False


@dataclass(frozen=True)
class Template:
    """What a template declares. `unresolved` is about the template as a whole."""

    path: str
    functions: tuple[DeclaredFunction, ...] = ()
    layers: tuple[DeclaredLayer, ...] = ()
    unresolved: tuple[str, ...] = ()
