"""Bytecode in packaged artifacts: the compiled modules, their interpreter and their hashes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable

import pytest

from aws_lambda.testing.repository import BuiltArtifact, TrialRepository

FUNCTION = 'lambda_function(name="fn", handler="api.py:handler")\n'
HANDLER = "import lib\n\n\ndef handler(event, context):\n    return lib.answer()\n"
LIB = {
    "lib/__init__.py": "from lib.used import answer\n",
    "lib/used.py": "def answer():\n    from lib import later\n\n    return later.ANSWER\n",
    "lib/later.py": "ANSWER = 42\n\n\ndef f():\n    import lib.last\n",
    "lib/last.py": "",
    "lib/unused.py": "x = 1\n",
    "lib/tests/__init__.py": "",
    "other/__init__.py": "",
}
CHECKED, UNCHECKED = 3, 1
_COMPILED = re.compile(r"__pycache__/([^/]+)\.cpython-\d+\.pyc$")


def bytecode(built: BuiltArtifact | zipfile.ZipFile) -> dict[str, int]:
    """The compiled modules, by the path of the source, each with its kind of validation (PEP
    552).
    """
    archive = built if isinstance(built, zipfile.ZipFile) else built.zip
    return {
        _COMPILED.sub(r"\1.py", path): archive.read(path)[4]
        for path in archive.namelist()
        if path.endswith(".pyc")
    }


@pytest.fixture
def reachable(repository: TrialRepository) -> TrialRepository:
    """A repository with a function that uses a distribution, with default options."""
    repository.set_options("--aws-lambda-bytecode=reachable")
    repository.add_wheel("lib==1.0", LIB)
    repository.lock("lib==1.0")
    repository.write({"src/app/api.py": HANDLER, "src/app/BUILD": f"python_sources()\n{FUNCTION}"})
    return repository


def test_reachable_modules_are_compiled(reachable: TrialRepository) -> None:
    """Python checks bytecode of first-party code against its source, and trusts that of third-party
    code. Of the modules that only functions of distributions import, the first are compiled.
    """
    built = reachable.package("fn", "src/app")

    assert bytecode(built) == {
        "app/api.py": CHECKED,
        "lambda_function.py": CHECKED,
        "lib/__init__.py": UNCHECKED,
        "lib/later.py": UNCHECKED,
        "lib/used.py": UNCHECKED,
    }
    assert "lib/unused.py" in built.code
    assert "__pycache__" not in built.read("lib-1.0.dist-info/RECORD")


def test_handler_in_a_python_distribution(reachable: TrialRepository) -> None:
    """The search starts at the handler, even if no first-party code imports it."""
    reachable.add_wheel("setuptools==63.4.3", {})
    reachable.write(
        {
            "src/dist/words.py": f"from spell import spell\n{HANDLER}",
            "src/dist/spell.py": "spell = str.upper\n",
            "src/dist/unused.py": "x = 1\n",
            "src/dist/pyproject.toml": "",
            "src/dist/BUILD": "python_sources()\n"
            'resource(name="pyproject", source="pyproject.toml")\n'
            'python_distribution(name="wheel", dependencies=[":dist", ":pyproject"], sdist=False, '
            'provides=python_artifact(name="words", version="1.5"))\n'
            'lambda_function(name="fn", handler="words.py:handler", dependencies=[":wheel"])\n',
        }
    )
    reachable.set_options(
        "--aws-lambda-bytecode=reachable",
        # Of those that the setuptools of Pants 2.17.1 runs on.
        "--python-interpreter-constraints=['CPython==3.11.*']",
        "--source-root-patterns=['/src', '/src/dist']",
    )

    built = reachable.package("fn", "src/dist")

    assert bytecode(built) == {
        "lambda_function.py": CHECKED,
        "lib/__init__.py": UNCHECKED,
        "lib/later.py": UNCHECKED,
        "lib/used.py": UNCHECKED,
        "spell.py": UNCHECKED,
        "words.py": UNCHECKED,
    }
    assert "unused.py" in built.code


def test_bytecode_in_the_metadata(reachable: TrialRepository) -> None:
    """The metadata has the mode, the compiler, the number of modules and the size. The sizes of the
    artifact and of the distribution include it, and the sources do not list it.
    """
    built = reachable.package("fn", "src/app")
    sizes = {each.filename: each.file_size for each in built.zip.infolist()}
    compiled = {path: size for path, size in sizes.items() if path.endswith(".pyc")}
    metadata = built.metadata

    assert metadata["bytecode"] == {
        "mode": "reachable",
        "compiler": metadata["bytecode"]["compiler"],
        "modules": 5,
        "unzipped_bytes": sum(compiled.values()),
    }
    assert metadata["bytecode"]["compiler"].startswith("CPython 3.13.")
    assert metadata["unzipped_bytes"] == sum(sizes.values())
    assert metadata["distributions"][0]["unzipped_bytes"] == sum(
        size for path, size in sizes.items() if path.startswith("lib")
    )
    assert [each["path"] for each in metadata["sources"]] == ["app/api.py"]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("none", []),
        (
            "all",
            [
                "app/api.py",
                "lambda_function.py",
                "lib/__init__.py",
                "lib/last.py",
                "lib/later.py",
                "lib/tests/__init__.py",
                "lib/unused.py",
                "lib/used.py",
                "other/__init__.py",
            ],
        ),
    ],
)
def test_field_overrides_the_option(
    reachable: TrialRepository, mode: str, expected: Iterable[str]
) -> None:
    """`none` and `all` on a target override the option."""
    function = f'lambda_function(name="fn", handler="api.py:handler", bytecode="{mode}")\n'
    reachable.write({"src/app/BUILD": f"python_sources()\n{function}"})

    built = reachable.package("fn", "src/app")

    assert sorted(bytecode(built)) == expected
    assert built.metadata["bytecode"]["mode"] == mode


def test_layer_compiles_modules_of_its_functions(reachable: TrialRepository) -> None:
    """With `requirements_of`, the reachable modules are known. With `dependencies`, all modules
    except tests may be reached. The function keeps the bytecode of its own modules.
    """
    reachable.write(
        {
            "src/app/BUILD": (
                "python_sources()\n"
                'lambda_function(name="fn", handler="api.py:handler", layers=[":deps"])\n'
                'lambda_layer(name="deps", requirements_of=[":fn"])\n'
                'lambda_layer(name="whole", dependencies=["3rdparty/default:lib"])\n'
            )
        }
    )

    function = reachable.package("fn", "src/app")
    whole = reachable.package("whole", "src/app")

    assert bytecode(function) == {"app/api.py": CHECKED, "lambda_function.py": CHECKED}
    assert bytecode(function.zip_at("src.app/deps.zip")) == {
        "python/lib/__init__.py": UNCHECKED,
        "python/lib/later.py": UNCHECKED,
        "python/lib/used.py": UNCHECKED,
    }
    assert sorted(bytecode(whole)) == [
        "python/lib/__init__.py",
        "python/lib/last.py",
        "python/lib/later.py",
        "python/lib/unused.py",
        "python/lib/used.py",
        "python/other/__init__.py",
    ]


def test_module_is_compiled_once(reachable: TrialRepository) -> None:
    """Functions and layers share the bytecode of a module."""
    reachable.write(
        {
            "src/app/BUILD": (
                "python_sources()\n"
                f"{FUNCTION}"
                'lambda_layer(name="deps", dependencies=["./api.py"])\n'
            )
        }
    )
    path = "lib/__pycache__/used.cpython-313.pyc"

    function, layer = reachable.package("fn", "src/app"), reachable.package("deps", "src/app")

    assert function.zip.read(path) == layer.zip.read(f"python/{path}")
    own = "app/__pycache__/api.cpython-313.pyc"
    assert function.zip.read(own) == layer.zip.read(f"python/{own}")


def test_handler_with_an_appended_line(
    reachable: TrialRepository,
) -> None:
    """The bytecode is that of the longer source. Otherwise Python would reject it at every cold
    start.
    """
    reachable.write(
        {
            "src/lambda_function.py": "def lambda_handler(event, context):\n    return event\n",
            "src/BUILD": "python_sources()\nlambda_function("
            'name="fn", handler="lambda_function.py:lambda_handler")',
        }
    )

    built = reachable.package("fn")

    assert bytecode(built) == {"lambda_function.py": CHECKED}
    content = built.zip.read("__pycache__/lambda_function.cpython-313.pyc")
    assert b"lambda_handler" in content
    assert b"\x07handler" in content


def test_without_an_interpreter_to_compile(reachable: TrialRepository) -> None:
    """A finding reports it, and the zip contains no bytecode."""
    reachable.set_options(
        "--aws-lambda-bytecode=reachable",
        "--aws-lambda-bytecode-interpreters={'python3.13': '3.13.99'}",
    )

    built = reachable.package("fn", "src/app")

    assert bytecode(built) == {}
    assert built.metadata["bytecode"] == {
        "mode": "reachable",
        "compiler": None,
        "modules": 0,
        "unzipped_bytes": 0,
    }
    assert built.findings == [
        "L023 warning: There is no bytecode, since no CPython 3.13.99 was found. Every cold start "
        "compiles its imports. To fix, install that version where Pants looks for it "
        '(`[python-bootstrap]`), or set `bytecode="none"`. (pants lambda-explain -- L023)'
    ]


def test_content_hash_without_bytecode(reachable: TrialRepository) -> None:
    """`content_sha256` covers the mode, and no bytecode."""
    with_bytecode = reachable.package("fn", "src/app").metadata["content_sha256"]
    reachable.set_options(
        "--aws-lambda-bytecode=reachable",
        "--aws-lambda-bytecode-interpreters={'python3.13': '3.13.99'}",
    )
    without = reachable.package("fn", "src/app").metadata["content_sha256"]
    reachable.set_options("--aws-lambda-bytecode=none")
    unasked = reachable.package("fn", "src/app").metadata["content_sha256"]

    assert with_bytecode == without
    assert unasked != without


def test_compiler_that_is_not_pinned(reachable: TrialRepository) -> None:
    """L024 is for users who compare zips between machines."""
    reachable.set_options(
        "--aws-lambda-bytecode=reachable", "--aws-lambda-checks={'L024': 'warning'}"
    )

    built = reachable.package("fn", "src/app")

    compiler = built.metadata["bytecode"]["compiler"]
    version = compiler.partition(" ")[2]
    assert built.findings == [
        f"L024 warning: {compiler} compiled the bytecode, and other patch releases may write other "
        "bytes. To fix, pin it: `bytecode_interpreters = "
        f'{{"python3.13" = "{version}"}}`. (pants lambda-explain -- L024)'
    ]
