"""Functions and layers do not contain code that only type checkers need."""

from __future__ import annotations

import pytest

from aws_lambda.testing.repository import TrialRepository

HANDLER = "def handler(event, context):\n    return event\n"
FUNCTION = 'lambda_function(name="fn", handler="api.py:handler")\n'
CHECKING = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    "


@pytest.fixture
def typed(repository: TrialRepository) -> TrialRepository:
    """A repository with `sdk`, its stubs and their requirements, and a lockfile of them."""
    repository.add_wheel("sdk==1.0", {"sdk/__init__.py": ""})
    repository.add_wheel("sdk_stubs==1.1", {"sdk-stubs/__init__.pyi": ""}, requires="types-deep")
    repository.add_wheel("types_deep==2.0", {"deep-stubs/__init__.pyi": ""})
    repository.add_wheel("sdk_shapes==3.0", {"sdk_shapes/__init__.py": ""})
    repository.lock("sdk==1.0", "sdk-stubs==1.1", "sdk-shapes==3.0")
    return repository


def declare(*requirements: str) -> dict[str, str | bytes]:
    """Requirement targets for tests that package nothing and need no lockfile."""
    return {
        "3rdparty/default/BUILD": "".join(
            f"python_requirement(name={each!r}, requirements=[{each!r}])\n" for each in requirements
        )
    }


def needed(
    repository: TrialRepository, files: dict[str, str | bytes], *options: str
) -> tuple[str, str]:
    """The dependencies at run time and those for type checkers only: last parts of addresses."""
    build = {"src/app/BUILD": f"python_sources()\n{FUNCTION}"}
    repository.write({**declare("sdk", "sdk-stubs", "sdk-shapes"), **build, **files})
    # Without it, Pants parses with an interpreter of the code's version, and there may be none.
    repository.set_options("--python-infer-use-rust-parser", *options)
    closure = repository.closure("fn", "src/app")
    run, typed = (
        " ".join(sorted(t.address.spec.replace(":", "/").rpartition("/")[2] for t in targets))
        for targets in (closure.targets, closure.typed)
    )
    return run, typed


def test_stubs_and_typing_imports_are_left_out(typed: TrialRepository) -> None:
    """A function contains no stubs, no imports under TYPE_CHECKING and none of their dependencies.
    No check reports them as missing, and the metadata lists them.
    """
    typed.write(
        {
            "src/app/api.py": f"import sdk\n{CHECKING}import boto3\n    from sdk_shapes import Shape\n"
            f"    from app import models\n{HANDLER}",
            "src/app/models.py": "from app import deeper",
            "src/app/deeper.py": "",
            "src/app/BUILD": f"python_sources()\n{FUNCTION}",
        }
    )

    built = typed.package("fn", "src/app")

    assert built.code == ["app/api.py", "lambda_function.py", "sdk/__init__.py"]
    assert built.findings == []
    assert built.metadata["typing_only"] == {
        "distributions": [
            {"name": "sdk-shapes", "version": "3.0"},
            {"name": "sdk-stubs", "version": "1.1"},
            {"name": "types-deep", "version": "2.0"},
        ],
        "targets": [
            "3rdparty/default:sdk-shapes",
            "3rdparty/default:sdk-stubs",
            "src/app/deeper.py",
            "src/app/models.py",
        ],
    }


@pytest.mark.parametrize("field", ['requirements_of=[":fn"]', 'dependencies=[":lib"]'])
def test_layers_without_stubs(typed: TrialRepository, field: str) -> None:
    """A layer for functions or for code that it lists contains no stubs."""
    typed.write(
        {
            "src/app/api.py": f"import sdk\n{CHECKING}import sdk_shapes\n{HANDLER}",
            "src/app/BUILD": f"python_sources(name='lib')\n{FUNCTION}"
            f'lambda_layer(name="layer", {field}, include_sources=False)\n',
        }
    )

    built = typed.package("layer", "src/app")

    assert built.code == ["python/sdk/__init__.py"]
    assert [each["name"] for each in built.metadata["typing_only"]["distributions"]] == [
        "sdk-shapes",
        "sdk-stubs",
        "types-deep",
    ]


@pytest.mark.parametrize(
    "build",
    [
        'python_sources(dependencies=["3rdparty/default:sdk-stubs", "src/app/models.py"])\n'
        f"{FUNCTION}",
        "python_sources()\n"
        'lambda_function(name="fn", handler="api.py:handler",'
        ' dependencies=["3rdparty/default:sdk-stubs", "src/app/models.py"])',
        'python_sources()\nlambda_function(name="fn", handler="api.py:handler",'
        ' dependencies=["3rdparty/default:sdk-stubs", ":app"])',
    ],
)
def test_entry_of_dependencies_includes_stubs(repository: TrialRepository, build: str) -> None:
    """An entry counts for sources and for functions, by address or by generator."""
    found = needed(
        repository,
        {
            "src/app/BUILD": build,
            "src/app/api.py": f"import sdk\n{CHECKING}from app import models\n{HANDLER}",
            "src/app/models.py": "",
        },
    )

    assert found == ("api.py models.py sdk sdk-stubs", "")


@pytest.mark.parametrize(
    ("source", "run", "typed"),
    [
        (f"{CHECKING}import sdk_shapes", "api.py", "sdk-shapes"),
        (f"{CHECKING}import os, sdk_shapes", "api.py", "sdk-shapes"),
        ("import sdk", "api.py sdk", "sdk-stubs"),
        (f"import sdk\n{CHECKING}from sdk import S", "api.py sdk", "sdk-stubs"),
        (f"def f(): import sdk\n{CHECKING}from sdk import S", "api.py sdk", "sdk-stubs"),
        (f"{CHECKING}import sdk\nelse:\n    sdk = lazy('sdk')", "api.py sdk", "sdk-stubs"),
        (f"{CHECKING}from sdk.x import S\nx = lazy('sdk')", "api.py sdk", "sdk-stubs"),
        (f"{CHECKING}import sdk\nx: 'sdk.S'", "api.py", "sdk sdk-stubs"),
        (f"{CHECKING}from app import models", "api.py", "models.py"),
        (f"{CHECKING}from .models import M\nx = cast('M', 1)", "api.py", "models.py"),
        (f"{CHECKING}from .models import M\nfrom app.models import N", "api.py models.py", ""),
        (f"{CHECKING}from .models import M\nx: A['M', lazy('.models')]", "api.py models.py", ""),
        (f"{CHECKING}from .models import M\ndef __getattr__(n): ...", "api.py models.py", ""),
        (f"{CHECKING}from .models import M\nbroken syntax", "api.py models.py", ""),
        (f"type X = int\n{CHECKING}from .models import M", "api.py", "models.py"),
    ],
)
def test_possible_runtime_imports_are_kept(
    repository: TrialRepository, source: str, run: str, typed: str
) -> None:
    """Imports by another statement, by a string or through `__getattr__` are kept, and doubtful
    ones.
    """
    files: dict[str, str | bytes] = {"src/app/api.py": source, "src/app/models.py": ""}

    assert needed(repository, files) == (run, typed)


def test_packages_around_the_code_are_kept(repository: TrialRepository) -> None:
    """Python runs the `__init__.py` of a package even if only type checkers need an import in
    it.
    """
    files: dict[str, str | bytes] = {
        "src/app/api.py": f"{CHECKING}from app import Thing",
        "src/app/__init__.py": "from app import things",
        "src/app/things.py": "",
    }

    assert needed(repository, files) == ("__init__.py api.py things.py", "")


def test_only_owner_of_an_import_is_kept(repository: TrialRepository) -> None:
    """A distribution whose name looks like stubs may contain the code."""
    files: dict[str, str | bytes] = {**declare("sdk-stubs"), "src/app/api.py": "import sdk"}

    assert needed(repository, files) == ("api.py sdk-stubs", "")


@pytest.mark.parametrize(
    ("module", "run", "typed"),
    [
        ("", "api.py models.py", "deeper.py models.pyi"),
        (
            "__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)",
            "api.py deeper.py models.py models.pyi",
            "",
        ),
    ],
)
def test_stub_files_are_left_out(
    repository: TrialRepository, module: str, run: str, typed: str
) -> None:
    """Python does not read a `.pyi` file, unless the module next to it loads its submodules from
    it.
    """
    files: dict[str, str | bytes] = {
        "src/app/api.py": "from app import models",
        "src/app/models.py": module,
        "src/app/models.pyi": "from app import deeper",
        "src/app/deeper.py": "",
    }

    assert needed(repository, files) == (run, typed)


def test_unreadable_code_keeps_all_dependencies(
    repository: TrialRepository,
) -> None:
    """Code that no Python on this machine can read may import anything, so nothing is left out."""
    build = f'python_sources(interpreter_constraints=["CPython==3.16.*"])\n{FUNCTION}'
    option = "--aws-lambda-extra-runtimes={'python3.16': {'glibc': '2.34'}}"
    files: dict[str, str | bytes] = {
        "src/app/BUILD": build,
        "src/app/api.py": f"{CHECKING}from app import models",
        "src/app/models.py": "",
    }

    assert needed(repository, files, option) == ("api.py models.py", "")
