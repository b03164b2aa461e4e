"""The words of a BUILD author: `lambda_function`, `lambda_layer` and their fields.

A field judges only its own form, since an error here breaks every goal; whatever needs options or
other targets is judged by the rules that build.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar, Dict, Iterable, Optional, cast

from pants.backend.python.target_types import PythonResolveField
from pants.core.goals.package import OutputPathField
from pants.engine.addresses import Address
from pants.engine.target import (
    COMMON_TARGET_FIELDS,
    AsyncFieldMixin,
    BoolField,
    Dependencies,
    DictStringToStringField,
    InvalidFieldException,
    SpecialCasedDependencies,
    StringField,
    StringSequenceField,
    Target,
)
from pants.util.frozendict import FrozenDict
from pants.util.strutil import help_text

from aws_lambda.artifact.errors import LambdaError, Where, describe
from aws_lambda.artifact.findings import parse_ignore
from aws_lambda.artifact.globs import unfit_because
from aws_lambda.artifact.handler import HandlerSpec, parse_handler, parse_reexport
from aws_lambda.artifact.paths import unsafe_because
from aws_lambda.pants_api import (
    NAMES_IN_OUTPUT_PATHS,
    EnvironmentField,
    SecondaryOwnerMixin,
)


def where_of(target: Target) -> Where:
    """The target, as messages name it."""
    return Where(target.alias, target.address.spec)


class LambdaDependenciesField(Dependencies):
    supports_transitive_excludes = True


class LambdaHandlerField(StringField, AsyncFieldMixin, SecondaryOwnerMixin):
    alias = "handler"
    required = True
    value: str
    help = help_text("""
        The function that Lambda calls, in one of four forms:

        `"file.py:func"`: a file, relative to the BUILD file.

        `"folder/file.func"`: the same, as AWS writes it.

        `"pkg.module:func"`: a module below a source root.

        `"pkg.module.func"`: the same, as AWS writes it.

        The artifact carries what this module needs, as dependency inference finds it.
        """)

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> str:
        value = cast(str, super().compute_value(raw_value, address))
        try:
            parse_handler(value, where=Where("lambda_function", address.spec))
        except LambdaError as fault:
            raise InvalidFieldException(str(fault)) from None
        return value

    @property
    def spec(self) -> HandlerSpec:
        return parse_handler(self.value, where=Where("lambda_function", self.address.spec))

    @property
    def owned_files(self) -> tuple[str, ...]:
        path = self.spec.path
        return () if path is None else (f"{self.address.spec_path}/{path}".lstrip("/"),)


class LambdaReexportField(StringField):
    alias = "reexport"
    default = "lambda_function.handler"
    value: str
    help = help_text("""
        Where Lambda finds the handler, whatever it is called in the sources: one top-level module
        and one attribute. Set to `""` to have no re-export; AWS is then told the handler's own
        dotted path.
        """)

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> str:
        value = cast(str, super().compute_value(raw_value, address))
        try:
            parse_reexport(value, where=Where("lambda_function", address.spec))
        except LambdaError as fault:
            raise InvalidFieldException(str(fault)) from None
        return value


class LambdaRuntimeField(StringField):
    # No `valid_choices`: a field cannot see `[aws-lambda].extra_runtimes`.
    alias = "runtime"
    help = help_text("""
        The Lambda runtime, such as `"python3.13"`.

        If not set, it follows from the interpreter constraints of the code where they name one
        minor version of Python, and else from the option `[aws-lambda].default_runtime`.
        """)


class LambdaArchitectureField(StringField):
    alias = "architecture"
    help = help_text("""
        The processor: `"x86_64"` or `"arm64"`.

        If not set, it is the option `[aws-lambda].default_architecture`.
        """)


class LambdaCompletePlatformsField(SpecialCasedDependencies):
    alias = "complete_platforms"
    help = help_text("""
        Addresses of `file` or `resource` targets that hold complete platforms, in place of
        `runtime` and `architecture`: JSON documents as PEX's
        `pex3 interpreter inspect --markers --tags` prints them.
        """)


class LambdaIncludeRequirementsField(BoolField):
    alias = "include_requirements"
    default = True
    value: bool
    help = "Whether the artifact carries third-party code."


class LambdaIncludeSourcesField(BoolField):
    alias = "include_sources"
    default = True
    value: bool
    help = "Whether the layer carries first-party code."


class LambdaLayersField(StringSequenceField, AsyncFieldMixin):
    # Not `SpecialCasedDependencies`: with them, Pants 2.17 fails to resolve parametrized addresses.
    alias = "layers"
    default = ()
    value: tuple[str, ...]
    help = help_text("""
        The layers that are attached, in AWS's order: addresses of `lambda_layer` targets, and ARNs
        of layers built elsewhere. What the addressed layers carry, this target does not.

        The bare address of a parametrized layer means the variant for the same runtime and
        architecture.
        """)


class LambdaRequirementsOfField(StringSequenceField, AsyncFieldMixin):
    alias = "requirements_of"
    default = ()
    value: tuple[str, ...]
    help = help_text("""
        Addresses of `lambda_function` targets whose third-party requirements the layer carries:
        what they need, transitively, each after its own `provided`, `!` and `!!`.

        `"src/orders:"` means all functions in this folder, `"src/orders::"` also those below it,
        and `"src/orders:api-*"` those whose names match. `"attached"` means all functions that
        attach this layer with `layers`.
        """)


class LambdaProvidedField(StringSequenceField):
    alias = "provided"
    default = None
    help = help_text("""
        Distributions that the runtime, or a layer built elsewhere, provides. They are left out,
        together with what only they need. `"aws-sdk"` stands for boto3 and what comes with it.

        If not set, it is the option `[aws-lambda].provided`.
        """)


class LambdaBytecodeField(StringField):
    alias = "bytecode"
    valid_choices = ("reachable", "all", "none")
    help = help_text("""
        Which modules get bytecode, so that cold starts need not compile them: `"reachable"`, those
        that the handler's imports may reach; `"all"`; or `"none"`.

        If not set, it is the option `[aws-lambda].bytecode`.
        """)


class LambdaLayoutField(StringField):
    alias = "layout"
    default = "zip"
    valid_choices = ("zip", "flat")
    value: str
    help = '`"zip"`: a zip file; `"flat"`: a folder with the same files.'


class LambdaPrefixField(StringField):
    alias = "prefix"
    default = "python"
    value: str
    help = help_text("""
        The folder of the layer that holds its Python code: `"python"`, or
        `"python/lib/python3.13/site-packages"` with the runtime's own version.
        """)

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> str:
        value = cast(str, super().compute_value(raw_value, address))
        steps = value.split("/")
        versioned = (
            len(steps) == 4
            and steps[:2] == ["python", "lib"]
            and steps[2].startswith("python3.")
            and steps[2][len("python3.") :].isdigit()
            and steps[3] == "site-packages"
        )
        if value != "python" and not versioned:
            where = Where("lambda_layer", address.spec)
            raise InvalidFieldException(
                describe(
                    f"Lambda would not look into the `prefix` of {where}.",
                    facts=[f"prefix={value!r}"],
                    fix=(
                        'set `prefix="python"`, or '
                        '`prefix="python/lib/python3.13/site-packages"` with the version of the '
                        "layer's runtime."
                    ),
                )
            )
        return value


class LambdaScriptsField(StringSequenceField):
    alias = "scripts"
    default = ()
    value: tuple[str, ...]
    help = help_text("""
        Names of console scripts, or of scripts inside wheels, to put into `bin/`. Others are left
        out.
        """)


class LambdaExtraFilesField(DictStringToStringField, AsyncFieldMixin):
    alias = "extra_files"
    default = FrozenDict()
    value: FrozenDict[str, str]
    help = help_text("""
        Files at other places of the artifact: `{"lib/libfoo.so": "native:libfoo"}` maps a path in
        the artifact to the address of a `resource` or `file` target of one file. A file is
        executable in the artifact where it is in the repository.
        """)

    @classmethod
    def compute_value(
        cls, raw_value: Optional[Dict[str, str]], address: Address
    ) -> FrozenDict[str, str]:
        value = super().compute_value(raw_value, address) or FrozenDict()
        unsafe = {path: because for path in value if (because := unsafe_because(path))}
        if unsafe:
            raise InvalidFieldException(
                describe(
                    f"The `extra_files` of the target {address} name paths that no artifact "
                    "can hold.",
                    facts=[f"{path!r}: {because}" for path, because in sorted(unsafe.items())],
                    fix='give each a plain path inside the artifact, such as "lib/libfoo.so".',
                )
            )
        return value


class LambdaExcludeField(StringSequenceField):
    alias = "exclude"
    default = ()
    value: tuple[str, ...]
    help = help_text("""
        What to leave out: glob patterns of paths inside the artifact, such as
        `"botocore/data/**"`; `"!botocore/data/s3/**"` keeps what another pattern would leave out.
        A pattern that means a folder means all in it.

        `"tests"`, `"docs"`, `"examples"`, `"type-stubs"` and `"headers"` are presets, for files of
        distributions; they never leave out a `*.dist-info`.
        """)

    @classmethod
    def compute_value(cls, raw_value: Optional[Iterable[str]], address: Address) -> tuple[str, ...]:
        value = super().compute_value(raw_value, address) or ()
        _check_globs(cls.alias, {each: each[each.startswith("!") :] for each in value}, address)
        return value


class LambdaCollisionsField(DictStringToStringField):
    alias = "collisions"
    default = FrozenDict()
    value: FrozenDict[str, str]
    help = help_text("""
        What to do where several distributions, or your own code and a distribution, bring
        different files for one path: `{"jwt/**": "pyjwt"}` maps a glob pattern of paths inside the
        artifact to the name of the distribution that wins, to `"first"` (your own code, then the
        distributions by name) or to `"drop"` (none of them).
        """)

    @classmethod
    def compute_value(
        cls, raw_value: Optional[Dict[str, str]], address: Address
    ) -> FrozenDict[str, str]:
        value = super().compute_value(raw_value, address) or FrozenDict()
        _check_globs(cls.alias, {each: each for each in value}, address)
        return value


class LambdaIgnoreField(StringSequenceField):
    alias = "ignore"
    default = ()
    value: tuple[str, ...]
    help = help_text("""
        Findings to accept, by their code: `"L003"` accepts all of them, and `"L003:numba"` those
        about numba. What the codes mean stands in `docs/reference/checks.md`.
        """)

    @classmethod
    def compute_value(cls, raw_value: Optional[Iterable[str]], address: Address) -> tuple[str, ...]:
        value = super().compute_value(raw_value, address) or ()
        try:
            return parse_ignore(value, where=Where("", address.spec))
        except LambdaError as fault:
            raise InvalidFieldException(str(fault)) from None


def _check_globs(alias: str, globs: Mapping[str, str], address: Address) -> None:
    """Refuse patterns that no path of an artifact can match; `globs` maps entries to patterns."""
    unfit = {entry: because for entry, glob in globs.items() if (because := unfit_because(glob))}
    if unfit:
        raise InvalidFieldException(
            describe(
                f"The `{alias}` of the target {address} has patterns that match no path.",
                facts=[f"{entry!r}: {because}" for entry, because in sorted(unfit.items())],
                fix='write them as paths inside the artifact, such as "botocore/data/**".',
            )
        )


# What AWS takes in a name that is no ARN: botocore 1.44.5, `FunctionName` and `LayerName`.
_NAME_IN_AWS = re.compile(r"[a-zA-Z0-9_-]+")


class _NameInAwsField(StringField):
    longest: ClassVar[int]
    example: ClassVar[str]

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Optional[str]:
        value = super().compute_value(raw_value, address)
        if value is None or (_NAME_IN_AWS.fullmatch(value) and len(value) <= cls.longest):
            return value
        raise InvalidFieldException(
            describe(
                f"The `{cls.alias}` of the target {address} is no name that AWS takes.",
                facts=[f"{value!r}: {len(value)} characters"],
                why=f"It has 1 to {cls.longest} letters, digits, hyphens and underscores.",
                fix=f'give it such a name: `{cls.alias}="{cls.example}"`.',
            )
        )


class LambdaFunctionNameField(_NameInAwsField):
    alias = "function_name"
    longest = 64
    example = "orders-api"
    help = help_text("""
        The function's name in AWS. Without it, a name made of the address stands for it where the
        function is run on this machine.
        """)


class LambdaLayerNameField(_NameInAwsField):
    alias = "layer_name"
    longest = 140
    example = "orders-deps"
    help = help_text("""
        The layer's name in AWS. The metadata of the functions that attach it tells it, for what
        uploads the two.
        """)


class LambdaCheckEnvField(DictStringToStringField):
    alias = "check_env"
    default = FrozenDict()
    value: FrozenDict[str, str]
    help = help_text("""
        Environment variables that importing the handler needs, such as `{"TABLE": "orders"}`, for
        `check`, `run`, `lambda-serve` and tests. They are not part of the artifact.
        """)


class LambdaSkipImportCheckField(BoolField):
    alias = "skip_import_check"
    default = False
    value: bool
    help = "Whether `check` leaves this function out, in which it would import the handler."


class LambdaEnvironmentField(EnvironmentField):
    @classmethod
    def compute_value(cls, raw_value: object, address: Address) -> str:
        if isinstance(raw_value, Mapping):
            raise InvalidFieldException(
                describe(
                    f"The `environment` of the target {address} holds variables.",
                    facts=[f"{name}={value!r}" for name, value in sorted(raw_value.items())],
                    why="It names the Pants environment to build in, as everywhere in Pants.",
                    fix="name them in `check_env`, for `check`, `run` and tests; in AWS, they are "
                    "part of the function's configuration.",
                )
            )
        return cast(str, super().compute_value(cast(Optional[str], raw_value), address))


class LambdaOutputPathField(OutputPathField):
    help = help_text("""
        Where the artifact lies under `dist/`.

        If not set: the BUILD file's folder with dots for slashes, then the target's name, and
        `.zip` unless `layout="flat"`.
        """)

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Optional[str]:
        value = super().compute_value(raw_value, address)
        kept = [
            each
            for each in re.findall(r"\$\{.*?\}", value or "")
            if each[2:-1] not in NAMES_IN_OUTPUT_PATHS
        ]
        if kept:
            replaced = ", ".join(f"`${{{each}}}`" for each in NAMES_IN_OUTPUT_PATHS)
            raise InvalidFieldException(
                describe(
                    f"The `output_path` of the target {address} contains `{kept[0]}`, which this "
                    "version of Pants does not replace.",
                    facts=[repr(value), *([f"replaced: {replaced}"] if replaced else [])],
                    fix='write the path out, such as `output_path="api/function.zip"`.',
                )
            )
        because = unsafe_because(value) if value is not None else ""
        if because:
            raise InvalidFieldException(
                describe(
                    f"The `output_path` of the target {address} does not lie under the "
                    "`dist` folder.",
                    facts=[f"{value!r}: {because}"],
                    fix='give a plain relative path, such as `output_path="api/function.zip"`.',
                )
            )
        return value


_SHARED_FIELDS = (
    *COMMON_TARGET_FIELDS,
    LambdaDependenciesField,
    LambdaRuntimeField,
    LambdaArchitectureField,
    LambdaCompletePlatformsField,
    LambdaIncludeRequirementsField,
    LambdaLayersField,
    LambdaProvidedField,
    LambdaScriptsField,
    LambdaExtraFilesField,
    LambdaExcludeField,
    LambdaCollisionsField,
    LambdaIgnoreField,
    LambdaBytecodeField,
    LambdaLayoutField,
    LambdaOutputPathField,
    PythonResolveField,
    LambdaEnvironmentField,
)


class LambdaFunctionTarget(Target):
    alias = "lambda_function"
    core_fields = (
        *_SHARED_FIELDS,
        LambdaHandlerField,
        LambdaReexportField,
        LambdaFunctionNameField,
        LambdaCheckEnvField,
        LambdaSkipImportCheckField,
    )
    help = help_text("""
        A function for AWS Lambda: a zip with the handler, the first-party code that it imports, and
        the third-party code that this code imports, built for Lambda's own platform.

        Most functions set `handler` alone, or with some of `runtime`, `architecture`,
        `dependencies`, `layers`, `provided` and `exclude`. The other fields are for special cases.

        `package` also writes `<zip>.metadata.json`, which says what is inside.
        """)


class LambdaLayerTarget(Target):
    alias = "lambda_layer"
    core_fields = (
        *_SHARED_FIELDS,
        LambdaLayerNameField,
        LambdaIncludeSourcesField,
        LambdaPrefixField,
        LambdaRequirementsOfField,
    )
    help = help_text("""
        A layer for AWS Lambda: a zip with the code that its `dependencies` name, or with the
        third-party code that functions need, under the folder where Lambda looks for it.

        Most layers set `dependencies` or `requirements_of`, and some `runtime` and `architecture`.
        The other fields are for special cases.
        """)
