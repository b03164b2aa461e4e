"""Errors of `package`, with the whole message."""

from __future__ import annotations

import json
import os

import pytest
from pants.backend.python.dependency_inference.module_mapper import PythonModuleOwners

from aws_lambda.artifact.errors import Where
from aws_lambda.inputs.handler_module import Handler, explain_missing
from aws_lambda.testing.app_files import HANDLER_FIELD, HANDLER_SOURCE, function_files
from aws_lambda.testing.messages import dedent_message
from aws_lambda.testing.repository import TrialRepository

PLATFORM = 'file(name="p", source="p.json")'


def layer_files(fields: str) -> dict[str, str | bytes]:
    """A package `app` with one module, and a layer."""
    return {
        "src/app/api.py": HANDLER_SOURCE,
        "src/app/BUILD": f'python_sources()\nlambda_layer(name="fn", {fields})',
    }


def test_missing_handler_file(repository: TrialRepository) -> None:
    """The error lists the Python files in the folder of the missing file."""
    repository.write(function_files('handler="aip.py:handler"'))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        HandlerFileNotFound: The handler's file of the `lambda_function` target src/app:fn does not exist.

          handler     aip.py:handler
          looked for  src/app/aip.py
          near it     api.py

        To fix, correct the `handler` field; its file is relative to the BUILD file.
        """)


def test_handler_file_with_white_space(repository: TrialRepository) -> None:
    """AWS does not accept white space in the name of a handler."""
    files = function_files('handler="my api.py:handler"')
    files["src/app/my api.py"] = HANDLER_SOURCE
    repository.write(files)

    assert repository.package_error("fn", "src/app") == dedent_message("""
        InvalidTargetException: src/app/BUILD:3: The handler of the `lambda_function` target src/app:fn is in a file with white space in its path.

          handler='my api.py:handler'

        AWS accepts no white space in a handler, and `import` none in a module's name.

        To fix, correct the field `handler`, or rename the file, for example to `my_api.py`.
        """)


@pytest.mark.parametrize(
    ("folder", "file", "dotted", "renamed"),
    [
        ("src/app", "api.v1.py", "api.v1", "api_v1"),
        ("src/app", "v1.2/api.py", "v1.2", "v1_2"),
        ("src/v1.2/app", "api.py", "v1.2", "v1_2"),
    ],
)
def test_handler_file_with_a_dot(
    repository: TrialRepository, folder: str, file: str, dotted: str, renamed: str
) -> None:
    """No module name leads to a file with a dot in its name or in the name of a folder."""
    repository.write(
        {
            f"{folder}/{file}": HANDLER_SOURCE,
            # The name of the module would find another file.
            f"{folder}/api/v1.py": HANDLER_SOURCE,
            f"{folder}/BUILD": 'python_sources(sources=["**/*.py"])\n'
            f'lambda_function(name="fn", handler="{file}:handler")',
        }
    )

    assert repository.package_error("fn", folder) == dedent_message(f"""
        HandlerNotImportable: The handler's file of the `lambda_function` target {folder}:fn cannot be imported.

          handler  {file}:handler
          file     {folder}/{file}
          dotted   {dotted}

        Python reads a dot in the name of a module as a step into a package.

        To fix, rename it, for example to `{renamed}`.
        """)


def test_handler_file_without_an_owner(repository: TrialRepository) -> None:
    """A target must own the file of the handler (B2)."""
    repository.write(
        {
            "src/app/api.py": HANDLER_SOURCE,
            "src/app/BUILD": f'lambda_function(name="fn", {HANDLER_FIELD})',
        }
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        HandlerNotOwned: No target owns the handler's module of the `lambda_function` target src/app:fn.

          handler  api.py:handler
          module   app.api
          file     src/app/api.py

        An artifact contains only code that a target owns.

        To fix, correct the `handler` field, or add `python_sources()` to the BUILD file of its folder (`pants tailor ::` does this).
        """)


def test_handler_module_that_does_not_exist(repository: TrialRepository) -> None:
    """A target must own the module of the handler (B2)."""
    repository.write(function_files('handler="does.not.exist:handler"'))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        InvalidTargetException: src/app/BUILD:3: The field `handler` of the `lambda_function` target src/app:fn cannot be parsed.

          handler='does.not.exist:handler'

        `not` is a Python keyword, so `import` cannot name this module.

        To fix, write the path relative to the BUILD file: `handler="does/not/exist.py:handler"`.
        """)


def test_handler_that_cannot_answer(repository: TrialRepository) -> None:
    """A coroutine function is refused, also if the module of the handler imports it. A decorated
    function may be anything.
    """
    core = "async def handler(event, context):\n    return event\n"
    wrapped = f"from asyncio import run as sync\n\n@sync\n{core}"
    more = """lambda_function(name="other", handler="other/api.handler")
lambda_function(name="wrapped", handler="wrapped.py:handler")"""
    repository.write(
        function_files(HANDLER_FIELD, handler=f"import json\n\n{core}", more=more)
        | {"src/app/other/api.py": "from .core import handler\n", "src/app/wrapped.py": wrapped}
        | {"src/app/other/core.py": core, "src/app/other/BUILD": "python_sources()"}
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        HandlerCannotAnswer: The handler of the `lambda_function` target src/app:fn is a coroutine function and cannot return a response.

          handler     handler
          defined in  src/app/api.py:3

        Lambda would end each invocation with Runtime.MarshalError: Unable to marshal response: Object of type coroutine is not JSON serializable.

        To fix, rename `handler` to `handler_async`, and make the handler a plain function:

          import asyncio

          def handler(event, context):
              return asyncio.run(handler_async(event, context))
        """)
    assert "  defined in  src/app/other/core.py:1\n" in repository.package_error("other", "src/app")
    assert repository.package("wrapped", "src/app").findings == []


def test_generated_handler_file() -> None:
    """A generated file is not in the repository. The name of its module works."""
    handler = Handler("", "main", "src/app/made.py", near=("api.py",), sought="app.made")
    fault = explain_missing(
        handler,
        PythonModuleOwners(()),
        value="made.py:main",
        where=Where("lambda_function", "src/app:fn"),
        is_generated=True,
    )

    assert f"{type(fault).__name__}: {fault}" == dedent_message("""
        HandlerFileNotFound: The handler's file of the `lambda_function` target src/app:fn does not exist.

          handler     made.py:main
          looked for  src/app/made.py
          near it     api.py

        A target generates src/app/made.py, and the form `file.py:func` is for files in the repository.

        To fix, name the module: `handler="app.made:main"`.
        """)


def test_handler_module_with_two_owners(repository: TrialRepository) -> None:
    """The error suggests an entry of `dependencies` for one of the owners."""
    repository.write(
        function_files('handler="app.api:handler"', more='python_sources(name="again")')
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        HandlerNotOwned: The handler's module of the `lambda_function` target src/app:fn has more than one owner.

          handler  app.api:handler
          module   app.api
          owner    src/app/api.py
          owner    src/app/api.py:again

        To fix, choose one: `dependencies=["src/app/api.py"]`.
        """)


@pytest.mark.parametrize("name", ["orders api", "x" * 65, ""])
def test_invalid_function_name(repository: TrialRepository, name: str) -> None:
    """`function_name` contains letters, digits, hyphens and underscores, at most 64."""
    repository.write(function_files(f"{HANDLER_FIELD}, function_name={name!r}"))

    assert repository.package_error("fn", "src/app") == dedent_message(f"""
        InvalidTargetException: src/app/BUILD:3: The `function_name` of the target src/app:fn is not a valid name in AWS.

          {name!r}: {len(name)} characters

        A name has 1 to 64 letters, digits, hyphens and underscores.

        To fix, set a valid name, such as `function_name="orders-api"`.
        """)


@pytest.mark.parametrize("name", ["orders deps", "x" * 141, ""])
def test_invalid_layer_name(repository: TrialRepository, name: str) -> None:
    """`layer_name` contains the same characters, at most 140."""
    repository.write(
        {"src/app/BUILD": f'lambda_layer(name="deps", dependencies=[], layer_name={name!r})'}
    )

    assert repository.package_error("deps", "src/app") == dedent_message(f"""
        InvalidTargetException: src/app/BUILD:1: The `layer_name` of the target src/app:deps is not a valid name in AWS.

          {name!r}: {len(name)} characters

        A name has 1 to 140 letters, digits, hyphens and underscores.

        To fix, set a valid name, such as `layer_name="orders-deps"`.
        """)


def test_variables_in_environment(repository: TrialRepository) -> None:
    """`environment` is a field of Pants, and variables belong in `check_env`."""
    repository.write(function_files(f'{HANDLER_FIELD}, environment={{"TABLE": "orders"}}'))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        InvalidTargetException: src/app/BUILD:3: The `environment` of the target src/app:fn contains variables.

          TABLE='orders'

        As everywhere in Pants, it names the Pants environment in which to build.

        To fix, set them in `check_env`, for `check`, `run` and tests. In AWS, they are part of the function's configuration.
        """)


def test_excluded_handler(repository: TrialRepository) -> None:
    """The owner of the handler must not be excluded from `dependencies`."""
    repository.write(function_files(f'{HANDLER_FIELD}, dependencies=["!./api.py"]'))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        HandlerNotOwned: The handler's module of the `lambda_function` target src/app:fn is excluded from its dependencies.

          handler  api.py:handler
          module   app.api
          owner    src/app/api.py

        To fix, remove the `!` or `!!` entry that excludes its owner from `dependencies`.
        """)


def test_handler_function_with_a_typo(repository: TrialRepository) -> None:
    """The error lists names similar to the undefined function (B2)."""
    repository.write(function_files('handler="api.py:handle"'))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        HandlerNotDefined: The handler of the `lambda_function` target src/app:fn is not defined.

          looked for     handle in src/app/api.py (module app.api)
          similar names  handler

        Lambda would end each invocation with Runtime.HandlerNotFound.

        To fix, correct the field `handler`, or define `handle` at the top level of src/app/api.py.
        """)


def test_handler_function_without_similar_names(repository: TrialRepository) -> None:
    """The error lists the names that the module defines."""
    repository.write(function_files('handler="api.py:main"'))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        HandlerNotDefined: The handler of the `lambda_function` target src/app:fn is not defined.

          looked for  main in src/app/api.py (module app.api)
          it defines  handler

        Lambda would end each invocation with Runtime.HandlerNotFound.

        To fix, correct the field `handler`, or define `main` at the top level of src/app/api.py.
        """)


def test_handler_with_a_syntax_error(repository: TrialRepository) -> None:
    """Python cannot import a file with a syntax error."""
    repository.write(function_files(HANDLER_FIELD, handler="def handler(:\n"))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        HandlerModuleUnreadable: The handler's file of the `lambda_function` target src/app:fn has a syntax error.

          src/app/api.py: line 1: invalid syntax

        Lambda would end each invocation with Runtime.UserCodeSyntaxError.

        To fix, correct the syntax of src/app/api.py.
        """)


def test_handler_without_a_function(repository: TrialRepository) -> None:
    """A handler names a function."""
    repository.write(function_files('handler="api.py"'))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        InvalidTargetException: src/app/BUILD:3: The field `handler` of the `lambda_function` target src/app:fn cannot be parsed.

          handler='api.py'

        To fix, write it in one of four forms:

          handler="file.py:func"        a file relative to the BUILD file
          handler="folder/file.func"    the same, as AWS writes it
          handler="pkg.module:func"     a module below a source root
          handler="pkg.module.func"     the same, as AWS writes it
        """)


def test_handler_file_outside_the_folder(repository: TrialRepository) -> None:
    """The file of a handler is below the folder of the BUILD file."""
    repository.write(function_files('handler="../api.py:handler"'))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        InvalidTargetException: src/app/BUILD:3: The field `handler` of the `lambda_function` target src/app:fn cannot be parsed.

          handler='../api.py:handler'

        To fix, write it in one of four forms:

          handler="file.py:func"        a file relative to the BUILD file
          handler="folder/file.func"    the same, as AWS writes it
          handler="pkg.module:func"     a module below a source root
          handler="pkg.module.func"     the same, as AWS writes it
        """)


def test_re_export_in_a_package(repository: TrialRepository) -> None:
    """A re-export is a top-level module and one attribute."""
    repository.write(function_files(f'{HANDLER_FIELD}, reexport="a.b.c"'))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        InvalidTargetException: src/app/BUILD:3: The field `reexport` of the `lambda_function` target src/app:fn cannot be parsed.

          reexport='a.b.c'

        To fix, write one top-level module and one attribute, as in `reexport="lambda_function.handler"`, or set `reexport=""` for no re-export.
        """)


def test_re_export_with_a_standard_module_s_name(repository: TrialRepository) -> None:
    """A re-export must not hide a module of the standard library."""
    repository.write(function_files(f'{HANDLER_FIELD}, reexport="json.handler"'))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        InvalidTargetException: src/app/BUILD:3: The field `reexport` of the `lambda_function` target src/app:fn would hide a module of the standard library.

          reexport='json.handler'
          standard library: json

        Python finds the function's files before the standard library in Lambda, so every `import json` would import the re-export.

        To fix, choose another name, such as `reexport="lambda_function.handler"`.
        """)


def test_re_export_with_a_taken_name(repository: TrialRepository) -> None:
    """A `lambda_function.py` that binds another `handler` cannot re-export one."""
    repository.write(
        {
            "src/lambda_function.py": f"{HANDLER_SOURCE}{HANDLER_SOURCE.replace('handler', 'lambda_handler')}",
            "src/BUILD": "python_sources()\nlambda_function("
            'name="fn", handler="lambda_function.py:lambda_handler")',
        }
    )

    assert repository.package_error("fn") == dedent_message("""
        ReexportClash: The `lambda_function` target src:fn cannot re-export its handler, because the name is in use.

          handler    lambda_function.lambda_handler
          re-export  lambda_function.handler
          used by    `handler` in src/lambda_function.py

        To fix, set `reexport=""` (AWS then calls lambda_function.lambda_handler), give `reexport` another name, or rename `handler` in src/lambda_function.py.
        """)


def test_re_export_hidden_by_a_package(repository: TrialRepository) -> None:
    """Python would import a package in a wheel instead of the re-export."""
    repository.add_wheel("rival==1.0", {"lambda_function/__init__.py": "x = 1"})
    repository.lock("rival==1.0")
    repository.write(function_files(f'{HANDLER_FIELD}, dependencies=["3rdparty/default:rival"]'))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        CollidingFiles: Files collide in the `lambda_function` target src/app:fn: 1 path has more than one owner, with different content.

          lambda_function.py
            lambda_function.handler (re-export)                               39 bytes  26cc99a61e6e
            rival 1.0                            lambda_function/__init__.py  5 bytes   8ff436def145

        An artifact can contain only one of them, so code that needs another one gets the wrong file.

        To fix, rename the other files, or give `reexport` another name (`reexport=""` for none).
        """)


def test_re_export_over_a_file_of_a_wheel(repository: TrialRepository) -> None:
    """A wheel must not contain a file at the path of the re-export (B1)."""
    repository.add_wheel("rival==1.0", {"lambda_function.py": "x = 1"})
    repository.lock("rival==1.0")
    repository.write(function_files(f'{HANDLER_FIELD}, dependencies=["3rdparty/default:rival"]'))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        CollidingFiles: Files collide in the `lambda_function` target src/app:fn: 1 path has more than one owner, with different content.

          lambda_function.py
            lambda_function.handler (re-export)    39 bytes  26cc99a61e6e
            rival 1.0                              5 bytes   8ff436def145

        An artifact can contain only one of them, so code that needs another one gets the wrong file.

        To fix, rename the other files, or give `reexport` another name (`reexport=""` for none).
        """)


def test_first_party_file_over_a_wheel_s_file(repository: TrialRepository) -> None:
    """A file of the repository must not replace a file of a wheel (B1)."""
    repository.add_wheel("rival==1.0", {"app/api.py": "x = 1"})
    repository.lock("rival==1.0")
    repository.write(function_files(f'{HANDLER_FIELD}, dependencies=["3rdparty/default:rival"]'))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        CollidingFiles: Files collide in the `lambda_function` target src/app:fn: 1 path has more than one owner, with different content.

          app/api.py
            src/app/api.py (first-party)    46 bytes  d48ceb277e00
            rival 1.0                       5 bytes   8ff436def145

        An artifact can contain only one of them, so code that needs another one gets the wrong file.

        To fix, rename or move your own files, or choose the owner of each path on the target (`"drop"` for no owner):

          collisions={
              "app/api.py": "first",  # or "rival"
          },
        """)


def test_wheels_that_collide(repository: TrialRepository) -> None:
    """The error lists every path that two wheels write with different content."""
    repository.add_wheel("one==1.0", {"jwt/__init__.py": "x = 1", "jwt/a.py": "1", "same.py": ""})
    repository.add_wheel("two==1.0", {"jwt/__init__.py": "x = 2", "jwt/a.py": "2", "same.py": ""})
    repository.lock("one==1.0", "two==1.0")
    repository.write(
        function_files(
            f'{HANDLER_FIELD}, dependencies=["3rdparty/default:one", "3rdparty/default:two"]'
        )
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        CollidingFiles: Files collide in the `lambda_function` target src/app:fn: 2 paths have more than one owner, with different content.

          jwt/__init__.py
            one 1.0    5 bytes  8ff436def145
            two 1.0    5 bytes  1431b986377b
          jwt/a.py
            one 1.0    1 byte  6b86b273ff34
            two 1.0    1 byte  d4735e3a265e

        An artifact can contain only one of them, so code that needs another one gets the wrong file.

        To fix, choose the owner of each path on the target (`"drop"` for no owner):

          collisions={
              "jwt/**": "one",  # or "two"
          },
        """)


def test_unknown_runtime(repository: TrialRepository) -> None:
    """A runtime is in the table of runtimes."""
    repository.write(function_files(f'{HANDLER_FIELD}, runtime="python3.99"'))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        UnknownRuntime: The runtime 'python3.99' of the `lambda_function` target src/app:fn is not known.

          known runtimes (as of 2026-11-29):
            python3.9   Amazon Linux 2     glibc 2.26  supported until 2025-12-15
            python3.10  Amazon Linux 2     glibc 2.26  supported until 2026-10-31
            python3.11  Amazon Linux 2     glibc 2.26  supported until 2027-06-30
            python3.12  Amazon Linux 2023  glibc 2.34  supported until 2028-10-31
            python3.13  Amazon Linux 2023  glibc 2.34  supported until 2029-06-30
            python3.14  Amazon Linux 2023  glibc 2.34  supported until 2029-06-30
            python3.15  Amazon Linux 2023  glibc 2.34  no end of support known

        To fix, use one of these runtimes, or add a newer one, with the version of its C library, to pants.toml:

          [aws-lambda.extra_runtimes]
          "python3.99" = { glibc = "2.34" }
        """)


def test_unknown_architecture(repository: TrialRepository) -> None:
    """An architecture has AWS's name."""
    repository.write(function_files(f'{HANDLER_FIELD}, architecture="aarch64"'))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        UnknownArchitecture: The architecture 'aarch64' of the `lambda_function` target src/app:fn is not known.

          known architectures: x86_64, arm64

        To fix, set `architecture` to `arm64`.
        """)


def test_no_runtime(repository: TrialRepository) -> None:
    """A runtime is set, or follows from the code."""
    repository.write(function_files(HANDLER_FIELD))
    repository.set_options("--python-interpreter-constraints=['>=3.11']")

    assert repository.package_error("fn", "src/app") == dedent_message("""
        NoRuntime: The `lambda_function` target src/app:fn has no runtime, and its code allows several.

          interpreter constraints: CPython>=3.11
          minor versions that they allow: 3.11, 3.12, 3.13, 3.14, 3.15
          known runtimes:
            python3.9   Amazon Linux 2     glibc 2.26  supported until 2025-12-15
            python3.10  Amazon Linux 2     glibc 2.26  supported until 2026-10-31
            python3.11  Amazon Linux 2     glibc 2.26  supported until 2027-06-30
            python3.12  Amazon Linux 2023  glibc 2.34  supported until 2028-10-31
            python3.13  Amazon Linux 2023  glibc 2.34  supported until 2029-06-30
            python3.14  Amazon Linux 2023  glibc 2.34  supported until 2029-06-30
            python3.15  Amazon Linux 2023  glibc 2.34  no end of support known

        To fix, set `runtime="python3.13"` on the target, or for all targets:

          [aws-lambda]
          default_runtime = "python3.13"
        """)


def test_runtime_outside_the_constraints(repository: TrialRepository) -> None:
    """The interpreter constraints allow the Python of the runtime."""
    repository.write(function_files(f'{HANDLER_FIELD}, runtime="python3.12"'))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        RuntimeOutsideConstraints: The code of the `lambda_function` target src/app:fn does not allow the runtime's Python.

          runtime                  python3.12
          interpreter constraints  CPython==3.13.*

        To fix, choose a runtime that the constraints allow, or add `CPython==3.12.*` to `interpreter_constraints` on the sources or in `[python]` of pants.toml.
        """)


def test_runtime_and_complete_platforms(repository: TrialRepository) -> None:
    """A target sets either a runtime or complete platforms."""
    repository.write(
        function_files(
            f'{HANDLER_FIELD}, runtime="python3.12", complete_platforms=[":p"]', more=PLATFORM
        )
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        RuntimeAndPlatforms: The `lambda_function` target src/app:fn sets its platform twice.

          complete_platforms=[':p']
          runtime='python3.12'

        To fix, keep either `complete_platforms`, or `runtime` and `architecture`.
        """)


def test_invalid_complete_platform(repository: TrialRepository) -> None:
    """A complete platform is JSON with tags and markers."""
    repository.write(
        {
            **function_files(f'{HANDLER_FIELD}, complete_platforms=[":p"]', more=PLATFORM),
            "src/app/p.json": "{}",
        }
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        InvalidCompletePlatform: A complete platform of the `lambda_function` target src/app:fn cannot be read.

          src/app/p.json

        It must contain `compatible_tags` and a `marker_environment`, as JSON.

        To fix, write the file again with `pex3 interpreter inspect --markers --tags`, on the machine that it describes.
        """)


def test_complete_platforms_without_a_file(repository: TrialRepository) -> None:
    """`complete_platforms` leads to at least one file."""
    repository.write(function_files(f"{HANDLER_FIELD}, complete_platforms=[]"))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        InvalidCompletePlatform: The `complete_platforms` of the `lambda_function` target src/app:fn contain no file.

          complete_platforms=[]

        To fix, name `file` or `resource` targets, or set `runtime` instead.
        """)


def test_artifact_as_a_dependency(repository: TrialRepository) -> None:
    """An artifact does not contain another artifact."""
    repository.write(
        function_files(
            f'{HANDLER_FIELD}, dependencies=[":other", ":layer"]',
            more=f'lambda_function(name="other", {HANDLER_FIELD})\n'
            'lambda_layer(name="layer", dependencies=[":app"])',
        )
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        ArtifactAsDependency: The `lambda_function` target src/app:fn depends on artifacts.

          src/app:layer  lambda_layer     needed by src/app:fn
          src/app:other  lambda_function  needed by src/app:fn

        An artifact contains code, and never another artifact.

        To fix, depend on the code itself, such as a `python_sources` target. Name layers in the field `layers`.
        """)


def test_prefix_of_another_python(repository: TrialRepository) -> None:
    """A `prefix` has the Python version of the runtime."""
    repository.write(
        layer_files('dependencies=[":app"], prefix="python/lib/python3.12/site-packages"')
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        PrefixOfAnotherPython: The `prefix` of the `lambda_layer` target src/app:fn belongs to another version of Python.

          prefix     python/lib/python3.12/site-packages
          built for  python3.13 on x86_64 (glibc 2.34)

        Lambda looks into the folder of the runtime's own version only.

        To fix, set `prefix="python/lib/python3.13/site-packages"`, or leave it out.
        """)


def test_prefix_that_lambda_does_not_search(repository: TrialRepository) -> None:
    """A `prefix` is a folder that Lambda searches."""
    repository.write(layer_files('dependencies=[":app"], prefix="lib"'))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        InvalidTargetException: src/app/BUILD:2: Lambda does not search the `prefix` of the `lambda_layer` target src/app:fn.

          prefix='lib'

        To fix, set `prefix="python"`, or `prefix="python/lib/python3.13/site-packages"` with the version of the layer's runtime.
        """)


def test_empty_layer(repository: TrialRepository) -> None:
    """AWS does not accept an empty layer."""
    repository.write(layer_files(""))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        EmptyArtifact: The `lambda_layer` target src/app:fn would be empty, and AWS refuses an empty layer.

        To fix, add its code to `dependencies`, and check that `include_sources`, `include_requirements` and `exclude` leave some of it.
        """)


def test_layer_with_the_re_export_s_name(repository: TrialRepository) -> None:
    """A function's re-export would hide a module of a layer with its name."""
    repository.write(
        {
            "src/lambda_function.py": "",
            "src/BUILD": 'python_sources(name="lib")\nlambda_layer(name="fn", dependencies=[":lib"])',
        }
    )

    assert repository.package_error("fn") == dedent_message("""
        CollidingFiles: The `lambda_layer` target src:fn contains a module that functions use for their re-export.

          python/lambda_function.py  src/lambda_function.py (first-party)

        Each function that attaches the layer has its own lambda_function.py, which hides this one.

        To fix, rename the module, or leave it out of the layer.
        """)


def test_extra_file_with_several_sources(repository: TrialRepository) -> None:
    """An extra file has one source."""
    repository.write(
        function_files(
            f'{HANDLER_FIELD}, extra_files={{"code": ":app", "none": ":none"}}',
            more='resources(name="none", sources=["*.none"])',
        )
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        ExtraFileNotOneFile: The `extra_files` of src/app:fn must map each path to one file.

          code  :app   0 files
          none  :none  0 files

        To fix, name `resource` or `file` targets of one file each.
        """)


def test_extra_file_outside_the_artifact(repository: TrialRepository) -> None:
    """An extra file is inside the artifact."""
    repository.write(function_files(f'{HANDLER_FIELD}, extra_files={{"../x": ":y", "/x": ":y"}}'))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        InvalidTargetException: src/app/BUILD:3: The `extra_files` of the target src/app:fn name paths that no artifact can hold.

          '../x': it leaves its folder
          '/x': it is absolute

        To fix, give each a plain path inside the artifact, such as "lib/libfoo.so".
        """)


def test_output_path_outside_dist(repository: TrialRepository) -> None:
    """The output is below `dist/`."""
    repository.write(function_files(f'{HANDLER_FIELD}, output_path="/x.zip"'))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        InvalidTargetException: src/app/BUILD:3: The `output_path` of the target src/app:fn does not lie under the `dist` folder.

          '/x.zip': it is absolute

        To fix, give a plain relative path, such as `output_path="api/function.zip"`.
        """)


def test_output_path_with_unknown_fields(repository: TrialRepository) -> None:
    """A path with `${…}` that Pants does not replace is refused."""
    repository.write(function_files(f'{HANDLER_FIELD}, output_path="${{target_name}}.zip"'))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        InvalidTargetException: src/app/BUILD:3: The `output_path` of the target src/app:fn contains `${target_name}`, which this version of Pants does not replace.

          '${target_name}.zip'

        To fix, write the path out, such as `output_path="api/function.zip"`.
        """)


def test_targets_with_one_output_path(repository: TrialRepository) -> None:
    """Targets with one output path are refused before the build (B4)."""
    repository.write(
        function_files(
            f'{HANDLER_FIELD}, output_path="x/one.zip"',
            more='lambda_layer(name="layer", dependencies=[":app"], output_path="x/one.zip")\n'
            'pex_binary(name="tool", entry_point="api.py", output_path="x/one.zip/tool.pex")',
        )
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        CollidingOutputs: Targets would overwrite each other's output under `dist`.

          x/one.zip           lambda_function  src/app:fn
          x/one.zip           lambda_layer     src/app:layer
          x/one.zip/tool.pex  pex_binary       src/app:tool

        To fix, give each of them an `output_path` of its own, such as "api/function.zip".
        """)


def test_variants_with_one_output_path(repository: TrialRepository) -> None:
    """Variants of a target with one output path are refused (B4)."""
    repository.write(
        function_files(
            f'{HANDLER_FIELD}, output_path="one.zip", architecture=parametrize("arm64", "x86_64")'
        )
    )

    assert repository.package_error("fn", "src/app", architecture="arm64") == dedent_message("""
        CollidingOutputs: Targets would overwrite each other's output under `dist`.

          one.zip  lambda_function  src/app:fn@architecture=arm64
          one.zip  lambda_function  src/app:fn@architecture=x86_64

        To fix, give each of them an `output_path` of its own, such as "api/function.zip".
        """)


def test_unknown_script(repository: TrialRepository) -> None:
    """A distribution of the target has the script."""
    repository.add_wheel(
        "tool==1.0",
        {
            "tool.py": "",
            "tool-1.0.dist-info/entry_points.txt": "[console_scripts]\ntool = tool:x\n",
        },
    )
    repository.lock("tool==1.0")
    repository.write(
        function_files(
            f'{HANDLER_FIELD}, dependencies=["3rdparty/default:tool"], scripts=["tol", "other"]'
        )
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        UnknownScript: No distribution of the `lambda_function` target src/app:fn has these scripts.

          other  no similar name
          tol    similar names: tool
          available scripts: tool

        To fix, correct the field `scripts`.
        """)


def test_code_of_another_resolve(repository: TrialRepository) -> None:
    """All code of a target has the resolve of the target."""
    repository.write(
        {
            **function_files(f'{HANDLER_FIELD}, dependencies=["src/other"]'),
            "src/other/o.py": "",
            "src/other/BUILD": 'python_sources(resolve="other")',
        }
    )
    repository.set_options("--python-resolves={'default': 'default.lock', 'other': 'other.lock'}")

    assert repository.package_error("fn", "src/app") == dedent_message("""
        MixedResolves: The `lambda_function` target src/app:fn depends on code of another resolve.

          src/app:fn      resolve `default`
          src/other/o.py  resolve `other`

        An artifact contains one version of each distribution, from one lockfile.

        To fix, give these targets the same `resolve`.
        """)


def test_disabled_lockfiles(repository: TrialRepository) -> None:
    """Third-party code comes from lockfiles."""
    repository.add_wheel("needed==1.0", {"needed.py": ""})
    repository.lock("needed==1.0")
    repository.write(function_files(HANDLER_FIELD, handler=f"import needed\n{HANDLER_SOURCE}"))
    repository.set_options("--no-python-enable-resolves")

    assert repository.package_error("fn", "src/app") == dedent_message("""
        NoLockfile: Third-party code for AWS Lambda comes from lockfiles, and they are disabled.

          [python].enable_resolves = false

        To fix, enable them in pants.toml, and run `pants generate-lockfiles`:

          [python]
          enable_resolves = true
        """)


def test_lockfile_of_another_tool(repository: TrialRepository) -> None:
    """Lockfiles are in PEX's format."""
    repository.write(
        {
            **function_files(HANDLER_FIELD, handler=f"import needed\n{HANDLER_SOURCE}"),
            "default.lock": "needed==1.0\n",
            "3rdparty/default/BUILD": "python_requirement("
            "name='needed', requirements=['needed==1.0'])",
        }
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        NoLockfile: The lockfile of the resolve `default` is not in PEX's format, the only format that can be read.

          default.lock

        To fix, run `pants generate-lockfiles --resolve=default`.
        """)


def test_lockfile_with_a_merge_conflict(repository: TrialRepository) -> None:
    """A lockfile in which Git left a conflict is not readable."""
    repository.add_wheel("needed==1.0", {"needed.py": ""})
    repository.lock("needed==1.0")
    lock = (repository.root / "default.lock").read_text()
    repository.write(
        {
            **function_files(HANDLER_FIELD, handler=f"import needed\n{HANDLER_SOURCE}"),
            "default.lock": lock.replace("{", "{\n<<<<<<< HEAD", 1),
        }
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        NoLockfile: The lockfile of the resolve `default` is not in PEX's format, the only format that can be read.

          default.lock
          Expecting property name enclosed in double quotes: line 2 column 1 (char 2)

        To fix, run `pants generate-lockfiles --resolve=default`.
        """)


def test_old_pex(repository: TrialRepository) -> None:
    """The error names the version of PEX and the option to set."""
    repository.add_wheel("needed==1.0", {"needed.py": ""})
    repository.lock("needed==1.0")
    repository.write(function_files(HANDLER_FIELD, handler=f"import needed\n{HANDLER_SOURCE}"))
    # The installed PEX, which is newer, gets this version, because older ones are not installed.
    known = os.environ["PANTS_PEX_CLI_KNOWN_VERSIONS"]
    known = known.replace(os.environ["PANTS_PEX_CLI_VERSION"], "v2.37.0")
    repository.set_options("--pex-cli-version=v2.37.0", f"--pex-cli-known-versions={known}")

    assert repository.package_error("fn", "src/app") == dedent_message("""
        PexTooOld: PEX 2.37.0 cannot fetch wheels for AWS Lambda.

          [pex-cli].version = v2.37.0
          needed: 2.43.0 or newer

        To fix, set a newer `version`, with its `known_versions`, in [pex-cli] of pants.toml, or use Pants 2.28 or newer.
        """)


def test_lockfile_without_a_dependency(repository: TrialRepository) -> None:
    """The error contains the output of PEX."""
    repository.add_wheel("needed==1.0", {"needed.py": ""})
    repository.lock("needed==1.0")
    lock = json.loads((repository.root / "default.lock").read_text())
    (needed,) = lock["locked_resolves"][0]["locked_requirements"]
    needed["requires_dists"] = ["deeper>=2"]
    repository.write(
        {
            **function_files(HANDLER_FIELD, handler=f"import needed\n{HANDLER_SOURCE}"),
            "default.lock": json.dumps(lock),
        }
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        PexFailed: PEX could not resolve the third-party code of the `lambda_function` target src/app:fn.

          Failed to resolve compatible artifacts from lock default.lock for 1 target:
          1. cp313-cp313-manylinux_2_34_x86_64:
              Failed to resolve all requirements for complete platform cp313-cp313-manylinux_2_34_x86_64 from default.lock:
          Configured with:
              build: True
              use_wheel: True
          Dependency on deeper (via: needed==1.0 -> deeper>=2) not satisfied, no candidates found.

        To see the whole output, run `pants -ldebug package src/app:fn`.

        To fix, follow the message of PEX above. If the lockfile is older than the requirements, run `pants generate-lockfiles --resolve=default`.
        """)
