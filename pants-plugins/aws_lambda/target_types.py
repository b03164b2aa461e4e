"""The targets `lambda_function` and `lambda_layer`, and their fields.

A field checks only its own form, since an error here breaks every goal. Rules check what depends on
options or other targets. The help texts are also the reference: docs/reference/fields.md.
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

from aws_lambda.artifact.aws_names import invalid_name_reason
from aws_lambda.artifact.errors import LambdaError, Where, describe
from aws_lambda.artifact.findings import parse_ignore
from aws_lambda.artifact.globs import unusable_glob_reason
from aws_lambda.artifact.handler_fields import HandlerSpec, parse_handler, parse_reexport
from aws_lambda.artifact.paths import unsafe_path_reason
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
    help = help_text("""
        Addresses of code and files that the artifact contains.

        On a function, these are dependencies that Pants does not infer from imports, such as data
        files, plug-ins, and modules that code loads by name. On a layer, this is the code to
        package, together with its own dependencies.

        `!address` excludes a dependency that Pants infers, and `!!address` also excludes it from
        the dependencies of dependencies. Code that only type checkers need is left out, unless an
        entry names it.
        """)


class LambdaHandlerField(StringField, AsyncFieldMixin, SecondaryOwnerMixin):
    alias = "handler"
    required = True
    value: str
    help = help_text("""
        The function that Lambda calls, in one of four forms:

        * `"file.py:func"`: a file, with a path relative to the BUILD file
        * `"folder/file.func"`: the same, as AWS writes it
        * `"pkg.module:func"`: a module below a source root
        * `"pkg.module.func"`: the same, as AWS writes it

        The artifact contains the handler's module and the code that it imports, directly or
        indirectly.
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
        The handler's name in AWS: one top-level module and one attribute.

        The artifact contains a module of this name that imports the handler, so that all functions
        have the same handler in AWS. If the handler's own module has this name, its copy in the
        artifact gets the attribute instead.

        With `""`, the artifact has no such module, and the handler in AWS is its own module and
        name.
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

        By default, the runtime of the one minor version of Python that the interpreter constraints
        of the code allow. If they allow several, the option `[aws-lambda].default_runtime`. A layer
        with `requirements_of` has the runtime of these functions.
        """)


class LambdaArchitectureField(StringField):
    alias = "architecture"
    help = help_text("""
        The processor architecture: `"x86_64"` or `"arm64"`.

        By default, the option `[aws-lambda].default_architecture`. A layer with `requirements_of`
        has the architecture of these functions. `parametrize("arm64", "x86_64")` builds an artifact
        for each.
        """)


class LambdaCompletePlatformsField(SpecialCasedDependencies):
    alias = "complete_platforms"
    help = help_text("""
        Addresses of `file` or `resource` targets that contain complete platforms, instead of
        `runtime` and `architecture`.

        A complete platform is the JSON document that `pex3 interpreter inspect --markers --tags`
        prints. With several, each wheel must fit all of them.
        """)


class LambdaIncludeRequirementsField(BoolField):
    alias = "include_requirements"
    default = True
    value: bool
    help = help_text("""
        Include third-party code.

        `False` on a function is strict: `package` fails if the layers and `provided` do not contain
        all of the third-party code that the function needs.
        """)


class LambdaIncludeSourcesField(BoolField):
    alias = "include_sources"
    default = True
    value: bool
    help = "Include first-party code."


class LambdaLayersField(StringSequenceField, AsyncFieldMixin):
    # Not `SpecialCasedDependencies`: with them, Pants 2.17 fails to resolve parametrized addresses.
    alias = "layers"
    default = ()
    value: tuple[str, ...]
    help = help_text("""
        The layers to attach, in AWS's order: addresses of `lambda_layer` targets, and ARNs of
        layers built elsewhere. `publish` replaces `{region}`, `{partition}` and `{account}` in
        ARNs.

        The artifact does not contain the files of the layers that you name by address. List the
        distributions of a layer that you name by ARN in `provided`. The address of a parametrized
        layer, without parameters, means the variant for the same runtime and architecture.

        A layer with `layers` must be attached together with these layers, and after them.
        """)


class LambdaRequirementsOfField(StringSequenceField, AsyncFieldMixin):
    alias = "requirements_of"
    default = ()
    value: tuple[str, ...]
    help = help_text("""
        Addresses of `lambda_function` targets whose third-party code the layer contains: the
        requirements of each function, directly or indirectly, minus its own `provided`, `!` and
        `!!`.

        * `"src/orders:"` means all functions in this folder.
        * `"src/orders::"` means all functions in this folder and below it.
        * `"src/orders:api-*"` means the functions in this folder whose names match.
        * `"attached"` means all functions that attach this layer with `layers`.
        """)


class LambdaProvidedField(StringSequenceField):
    alias = "provided"
    default = None
    help = help_text("""
        Distributions that the runtime, or a layer named by ARN, contains. The artifact contains
        neither these nor the distributions that only they require.

        `"aws-sdk"` means boto3 and its requirements. By default, the option
        `[aws-lambda].provided`.
        """)


class LambdaBytecodeField(StringField):
    alias = "bytecode"
    valid_choices = ("reachable", "all", "none")
    help = help_text("""
        The modules that get bytecode, so that a cold start does not compile them:

        * `"reachable"`: the modules that the handler's imports may reach
        * `"all"`: every module
        * `"none"`: no module

        By default, the option `[aws-lambda].bytecode`.
        """)


class LambdaLayoutField(StringField):
    alias = "layout"
    default = "zip"
    valid_choices = ("zip", "flat")
    value: str
    help = 'The form of the artifact: `"zip"`, or `"flat"` for a folder with the same files.'


class LambdaPrefixField(StringField):
    alias = "prefix"
    default = "python"
    value: str
    help = help_text("""
        The folder in the layer that contains its Python code: `"python"`, or
        `"python/lib/python3.13/site-packages"` with the version of the layer's runtime. Lambda adds
        both to Python's import path.
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
                    f"Lambda does not search the `prefix` of {where}.",
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
        Names of console scripts, or of scripts in wheels, to put into `bin/`. The artifact contains
        no other scripts.
        """)


class LambdaExtraFilesField(DictStringToStringField, AsyncFieldMixin):
    alias = "extra_files"
    default = FrozenDict()
    value: FrozenDict[str, str]
    help = help_text("""
        Files at other places in the artifact: `{"lib/libfoo.so": "native:libfoo"}` maps a path in
        the artifact to the address of a `resource` or `file` target with one file.

        A file is executable in the artifact if it is executable in the repository.
        """)

    @classmethod
    def compute_value(
        cls, raw_value: Optional[Dict[str, str]], address: Address
    ) -> FrozenDict[str, str]:
        value = super().compute_value(raw_value, address) or FrozenDict()
        unsafe = {path: because for path in value if (because := unsafe_path_reason(path))}
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
        Files to leave out: glob patterns of paths in the artifact, such as `"botocore/data/**"`. A
        pattern that matches a folder matches all files in it. `"!botocore/data/s3/**"` keeps files
        that another entry would leave out.

        `"tests"`, `"docs"`, `"examples"`, `"type-stubs"` and `"headers"` are presets for files of
        distributions. They keep every `*.dist-info`.
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
        The owner of a path for which several distributions, or your own code and a distribution,
        have different files. `{"jwt/**": "pyjwt"}` maps a glob pattern of paths in the artifact to
        one of these:

        * the name of the distribution whose files the artifact contains
        * `"first"`: your own code, then `extra_files`, then distributions in alphabetical order
        * `"drop"`: the artifact contains none of the files
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
        Findings to accept, by the code of their check: `"L003"` accepts all of them, and
        `"L003:numba"` those about numba. `lambda-explain` describes each check.
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
    unfit = {
        entry: because for entry, glob in globs.items() if (because := unusable_glob_reason(glob))
    }
    if unfit:
        raise InvalidFieldException(
            describe(
                f"The `{alias}` of the target {address} has patterns that match no path.",
                facts=[f"{entry!r}: {because}" for entry, because in sorted(unfit.items())],
                fix='write them as paths inside the artifact, such as "botocore/data/**".',
            )
        )


class _NameInAwsField(StringField):
    kind: ClassVar[str]
    example: ClassVar[str]

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Optional[str]:
        value = super().compute_value(raw_value, address)
        reason = "" if value is None else invalid_name_reason(cls.kind, value)
        if not reason:
            return value
        raise InvalidFieldException(
            describe(
                f"The `{cls.alias}` of the target {address} is not a valid name in AWS.",
                facts=[f"{value!r}: {len(value or '')} characters"],
                why=reason,
                fix=f'set a valid name, such as `{cls.alias}="{cls.example}"`.',
            )
        )


class LambdaFunctionNameField(_NameInAwsField):
    alias = "function_name"
    kind = "function"
    example = "orders-api"
    help = help_text("""
        The function's name in AWS, which `publish` needs. The option `[aws-lambda].name_template`
        can add the stage. By default, `publish` skips the function, and a function that runs on
        this machine has a name made from its address.
        """)


class LambdaLayerNameField(_NameInAwsField):
    alias = "layer_name"
    kind = "layer"
    example = "orders-deps"
    help = help_text("""
        The layer's name in AWS, which `publish` needs for a layer that a published function
        attaches. The option `[aws-lambda].name_template` can add the stage. The metadata of the
        functions that attach the layer contains the name, for tools that upload both.
        """)


class LambdaCheckEnvField(DictStringToStringField):
    alias = "check_env"
    default = FrozenDict()
    value: FrozenDict[str, str]
    help = help_text("""
        Environment variables that the handler's module needs when it is imported, such as
        `{"TABLE": "orders"}`. `check`, `run`, `lambda-serve` and tests set them. The artifact does
        not contain them.
        """)


class LambdaSkipImportCheckField(BoolField):
    alias = "skip_import_check"
    default = False
    value: bool
    help = "Skip this function in `check`, which would import its handler."


class LambdaEnvironmentField(EnvironmentField):
    help = help_text("""
        The Pants environment in which to build the artifact. For the environment variables of a
        function, see `check_env`.
        """)

    @classmethod
    def compute_value(cls, raw_value: object, address: Address) -> str:
        if isinstance(raw_value, Mapping):
            raise InvalidFieldException(
                describe(
                    f"The `environment` of the target {address} contains variables.",
                    facts=[f"{name}={value!r}" for name, value in sorted(raw_value.items())],
                    why="As everywhere in Pants, it names the Pants environment in which to build.",
                    fix="set them in `check_env`, for `check`, `run` and tests. In AWS, they are "
                    "part of the function's configuration.",
                )
            )
        return cast(str, super().compute_value(cast(Optional[str], raw_value), address))


class LambdaOutputPathField(OutputPathField):
    help = help_text("""
        The path of the artifact below `dist/`.

        By default, the folder of the BUILD file with dots instead of slashes, then the name of the
        target: `src.functions.add/fn.zip`. A folder has no `.zip`.
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
        because = unsafe_path_reason(value) if value is not None else ""
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
        A function for AWS Lambda: a zip that contains the handler and the first-party and
        third-party code that it imports, built for Lambda's platform, minus the contents of its
        layers.

        Most functions set only `handler`, or also some of `runtime`, `architecture`,
        `dependencies`, `layers`, `provided` and `exclude`.

        `package` also writes `<zip>.metadata.json`, which describes the contents.
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
        A layer for AWS Lambda: a zip that contains the code in `dependencies`, or the third-party
        code of functions, in the folder where Lambda looks for it.

        Most layers set `dependencies` or `requirements_of`, and some `runtime` and `architecture`.
        """)
