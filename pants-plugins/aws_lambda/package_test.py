"""Builds of functions and layers: the contents of the zip, and its description."""

from __future__ import annotations

import base64
import hashlib
import stat
from datetime import date

import pytest
from pants.backend.python.goals import package_pex_binary

from aws_lambda.artifact.platforms.runtimes import RUNTIMES
from aws_lambda.testing.app_files import HANDLER_SOURCE
from aws_lambda.testing.repository import TrialRepository

FUNCTION = 'lambda_function(name="fn", handler="api.py:handler")\n'


def app_files(handler: str = HANDLER_SOURCE, build: str = FUNCTION) -> dict[str, str | bytes]:
    """The files of a package `app` with one module and its BUILD file."""
    return {"src/app/api.py": handler, "src/app/BUILD": f"python_sources()\n{build}"}


def test_handler_is_re_exported(repository: TrialRepository) -> None:
    """Lambda finds every handler at `lambda_function.handler`."""
    repository.write(app_files())

    built = repository.package("fn", "src/app")

    assert built.zip.namelist() == ["app/api.py", "lambda_function.py"]
    assert built.read("lambda_function.py") == "from app.api import handler as handler\n"
    assert built.metadata["handler"] == "lambda_function.handler"


@pytest.mark.parametrize("handler", ["api.py:handler", "app.api:handler", "app.api.handler"])
def test_forms_of_the_handler(repository: TrialRepository, handler: str) -> None:
    """A file, a module and AWS's dotted form name the same handler."""
    repository.write(app_files(build=f'lambda_function(name="fn", handler="{handler}")'))

    built = repository.package("fn", "src/app")

    assert built.read("lambda_function.py") == "from app.api import handler as handler\n"


def test_without_re_export(repository: TrialRepository) -> None:
    """Without a re-export, AWS gets the dotted path of the handler."""
    repository.write(
        app_files(build='lambda_function(name="fn", handler="api.py:handler", reexport="")')
    )

    built = repository.package("fn", "src/app")

    assert built.zip.namelist() == ["app/api.py"]
    assert built.metadata["handler"] == "app.api.handler"
    assert "    Handler: app.api.handler" in built.lines


def test_lambda_function_with_an_appended_line(repository: TrialRepository) -> None:
    """AWS's default name works: the copy in the artifact binds `handler` as well (B3)."""
    source = "def lambda_handler(event, context):\n    return event"
    repository.write(
        {
            "src/lambda_function.py": source,
            "src/BUILD": "python_sources()\nlambda_function("
            'name="fn", handler="lambda_function.py:lambda_handler")',
        }
    )

    built = repository.package("fn")

    assert built.zip.namelist() == ["lambda_function.py"]
    assert built.read("lambda_function.py") == f"{source}\nhandler = lambda_handler\n"
    assert built.metadata["sources"] == [
        {
            "path": "lambda_function.py",
            "source": "src/lambda_function.py",
            "sha256": hashlib.sha256(built.zip.read("lambda_function.py")).hexdigest(),
        }
    ]
    assert built.metadata["resolutions"] == [
        {
            "path": "lambda_function.py",
            "winner": "src/lambda_function.py + handler = lambda_handler",
            "others": [],
        }
    ]


def test_handler_that_needs_no_re_export(repository: TrialRepository) -> None:
    """A handler that is `lambda_function.handler` already is not changed."""
    repository.write(
        {
            "src/lambda_function.py": HANDLER_SOURCE,
            "src/BUILD": "python_sources()\nlambda_function("
            'name="fn", handler="lambda_function.py:handler")',
        }
    )

    built = repository.package("fn")

    assert built.read("lambda_function.py") == HANDLER_SOURCE
    assert built.metadata["resolutions"] == []


def test_closure_of_the_handler(repository: TrialRepository) -> None:
    """Dependency inference finds modules, their packages, resources and wheels, transitively."""
    repository.add_wheel("needed==1.0", {"needed.py": ""}, requires="deeper")
    repository.add_wheel("deeper==2.0", {"deeper/__init__.py": ""})
    repository.add_wheel("unused==1.0", {"unused.py": ""})
    repository.lock("needed==1.0", "unused==1.0")
    repository.write(
        {
            **app_files("import needed\nfrom shared import words\n" + HANDLER_SOURCE),
            "src/shared/__init__.py": "",
            "src/shared/words.py": "",
            "src/shared/unused.py": "",
            "src/shared/words.txt": "word",
            "src/shared/BUILD": 'python_sources(dependencies=[":text"])\n'
            'resource(name="text", source="words.txt")',
        }
    )

    built = repository.package("fn", "src/app")

    assert built.zip.namelist() == [
        "app/api.py",
        "deeper-2.0.dist-info/METADATA",
        "deeper-2.0.dist-info/RECORD",
        "deeper-2.0.dist-info/WHEEL",
        "deeper/__init__.py",
        "lambda_function.py",
        "needed-1.0.dist-info/METADATA",
        "needed-1.0.dist-info/RECORD",
        "needed-1.0.dist-info/WHEEL",
        "needed.py",
        "shared/__init__.py",
        "shared/words.py",
        "shared/words.txt",
    ]
    assert [(each["name"], each["version"]) for each in built.metadata["distributions"]] == [
        ("deeper", "2.0"),
        ("needed", "1.0"),
    ]


def test_excluded_dependencies(repository: TrialRepository) -> None:
    """`!` removes a direct dependency, and `!!` a transitive one."""
    repository.add_wheel("direct==1.0", {"direct.py": ""})
    repository.add_wheel("deep==1.0", {"deep.py": ""})
    repository.lock("direct==1.0", "deep==1.0")
    repository.write(
        {
            "src/app/api.py": "import app.more\n" + HANDLER_SOURCE,
            "src/app/more.py": "try:\n    import deep\nexcept ImportError:\n    deep = None\n"
            "import direct\n",
            "src/app/BUILD": 'python_sources()\nlambda_function(name="fn", '
            'handler="api.py:handler", dependencies=["!!3rdparty/default:deep"])',
        }
    )

    built = repository.package("fn", "src/app")

    assert [each["name"] for each in built.metadata["distributions"]] == ["direct"]


def test_packaged_targets_are_not_included() -> None:
    """The code of a target that is packaged on its own is not included, and a warning says so
    (B5).
    """
    rules = package_pex_binary.rules()  # type: ignore[no-untyped-call]
    repository = TrialRepository(more_rules=rules)
    repository.add_wheel("theirs==1.0", {"theirs.py": ""})
    repository.lock("theirs==1.0")
    repository.write(
        {
            "src/app/api.py": HANDLER_SOURCE,
            "src/app/tool.py": "import theirs\n",
            "src/app/BUILD": "python_sources()\n"
            'pex_binary(name="tool", entry_point="tool.py")\n'
            'file(name="notes", source="notes.txt")\n'
            'lambda_function(name="fn", handler="api.py:handler", dependencies=[":tool", ":notes"])',
            "src/app/notes.txt": "",
        }
    )

    built = repository.package("fn", "src/app")

    assert built.zip.namelist() == ["app/api.py", "lambda_function.py"]
    assert built.metadata["distributions"] == []
    assert built.findings == [
        "L017 warning: src/app:notes is a `file` target, and an artifact does not contain those. "
        "To fix, make it a `resource` target, or add it to `extra_files`. (pants lambda-explain -- L017)",
        "L018 warning: src/app:tool is a `pex_binary`, which is packaged on its own: the "
        "artifact does not contain it, although src/app:fn depends on it. "
        "To fix, depend on its code instead, if the artifact needs it. (pants lambda-explain -- L018)",
    ]


def test_folder_of_a_layer(repository: TrialRepository) -> None:
    """The code of a layer is in the folder that Lambda searches."""
    repository.add_wheel("needed==1.0", {"needed.py": ""})
    repository.lock("needed==1.0")
    repository.write(
        {
            "src/lib/words.py": "import needed\n",
            "src/lib/BUILD": "python_sources()\n"
            'lambda_layer(name="both", dependencies=[":lib"])\n'
            'lambda_layer(name="first", dependencies=[":lib"], include_requirements=False)\n'
            'lambda_layer(name="third", dependencies=[":lib"], include_sources=False)\n'
            'lambda_layer(name="versioned", dependencies=[":lib"], include_requirements=False, '
            'prefix="python/lib/python3.13/site-packages")',
        }
    )

    names = {
        name: [
            path
            for path in repository.package(name, "src/lib").zip.namelist()
            if "dist-info" not in path
        ]
        for name in ("both", "first", "third", "versioned")
    }

    assert names == {
        "both": ["python/lib/words.py", "python/needed.py"],
        "first": ["python/lib/words.py"],
        "third": ["python/needed.py"],
        "versioned": ["python/lib/python3.13/site-packages/lib/words.py"],
    }


def test_layer_without_a_handler(repository: TrialRepository) -> None:
    """The metadata and the printed lines of a layer contain no handler."""
    repository.write(
        {
            "src/lib/words.py": "",
            "src/lib/BUILD": 'python_sources()\nlambda_layer(name="layer", dependencies=[":lib"])',
        }
    )

    built = repository.package("layer", "src/lib")

    assert "handler" not in built.metadata
    assert built.metadata["kind"] == "layer"
    assert not any("Handler" in line for line in built.lines)


def test_metadata_describes_the_zip(repository: TrialRepository) -> None:
    """Hashes, sizes and printed lines are those of the written zip."""
    repository.write(app_files())

    built = repository.package("fn", "src/app")

    content = built.files["src.app/fn.zip"]
    code_sha256 = base64.b64encode(hashlib.sha256(content).digest()).decode()
    entries = built.zip.infolist()
    lines = [
        f"0644 {hashlib.sha256(built.zip.read(e)).hexdigest()} {e.filename}\n" for e in entries
    ]
    content_sha256 = hashlib.sha256(("".join(lines) + "bytecode none\n").encode()).hexdigest()
    assert sorted(built.files) == ["src.app/fn.zip", "src.app/fn.zip.metadata.json"]
    assert built.metadata == {
        "schema_version": 1,
        "kind": "function",
        "address": "src/app:fn",
        "runtime": "python3.13",
        "architecture": "x86_64",
        "handler": "lambda_function.handler",
        "code_sha256": code_sha256,
        "content_sha256": content_sha256,
        "zip_bytes": len(content),
        "unzipped_bytes": sum(entry.file_size for entry in entries),
        "bytecode": {"mode": "none", "compiler": None, "modules": 0, "unzipped_bytes": 0},
        "total_unzipped_bytes": sum(entry.file_size for entry in entries),
        "layers": [],
        "distributions": [],
        "from_layers": [],
        "provided": [],
        "excluded": [],
        "sources": [
            {
                "path": "app/api.py",
                "source": "src/app/api.py",
                "sha256": hashlib.sha256(built.zip.read("app/api.py")).hexdigest(),
            }
        ],
        "resolutions": [],
        "typing_only": {"distributions": [], "targets": []},
    }
    assert built.lines == (
        "    Runtime: python3.13 (x86_64)",
        "    Handler: lambda_function.handler",
        f"    Size: {len(content)} B zipped, {sum(e.file_size for e in entries)} B unzipped",
        f"    CodeSha256: {code_sha256}",
    )


def test_modes_and_dates(repository: TrialRepository) -> None:
    """Files have the mode 0644, executables 0755, and all have the date 1980-01-01."""
    repository.write(
        {
            **app_files(
                build=f'resource(name="run", source="run.sh")\n{FUNCTION[:-2]}'
                ', dependencies=[":run"])'
            ),
            "src/app/run.sh": "#!/bin/sh\n",
        }
    )
    repository.runner.chmod("src/app/run.sh", 0o700)

    built = repository.package("fn", "src/app")

    modes = {e.filename: stat.filemode(e.external_attr >> 16) for e in built.zip.infolist()}
    assert modes == {
        "app/api.py": "-rw-r--r--",
        "app/run.sh": "-rwxr-xr-x",
        "lambda_function.py": "-rw-r--r--",
    }
    assert {entry.date_time for entry in built.zip.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_flat_layout(repository: TrialRepository) -> None:
    """`layout="flat"` writes the same files as a folder, without a hash of a zip."""
    repository.write(
        app_files(
            build=f'{FUNCTION}lambda_function(name="flat", handler="api.py:handler", layout="flat")'
        )
    )

    flat = repository.package("flat", "src/app")
    zipped = repository.package("fn", "src/app")

    files = {path: content for path, content in flat.files.items() if "/flat/" in path}
    assert files == {
        f"src.app/flat/{path}": zipped.zip.read(path) for path in zipped.zip.namelist()
    }
    assert "src.app/flat.metadata.json" in flat.files
    assert flat.metadata["code_sha256"] is None
    assert flat.metadata["zip_bytes"] is None
    assert flat.metadata["content_sha256"] == zipped.metadata["content_sha256"]


def test_extra_files(repository: TrialRepository) -> None:
    """An extra file is at the path that the target sets, and at no other."""
    repository.write(
        {
            **app_files(
                build='resource(name="so", source="libx.so")\n'
                'file(name="conf", source="conf.json")\n'
                'lambda_function(name="fn", handler="api.py:handler", '
                'extra_files={"lib/libx.so": ":so", "conf/app.json": ":conf"})'
            ),
            "src/app/libx.so": "so",
            "src/app/conf.json": "{}",
        }
    )
    repository.runner.chmod("src/app/libx.so", 0o755)

    built = repository.package("fn", "src/app")

    assert built.zip.namelist() == [
        "app/api.py",
        "conf/app.json",
        "lambda_function.py",
        "lib/libx.so",
    ]
    assert built.zip.getinfo("lib/libx.so").external_attr >> 16 == 0o100755
    assert built.findings == []


def test_console_scripts(repository: TrialRepository) -> None:
    """The console scripts that a target lists are in `bin/`, and run there."""
    repository.add_wheel(
        "tool==1.0",
        {
            "tool.py": "def main():\n    print('ran')\n",
            "tool-1.0.dist-info/entry_points.txt": "[console_scripts]\ntool = tool:main\n",
        },
    )
    repository.lock("tool==1.0")
    repository.write(
        app_files("import tool\n" + HANDLER_SOURCE, f'{FUNCTION[:-2]}, scripts=["tool"])')
    )

    built = repository.package("fn", "src/app")

    assert built.zip.getinfo("bin/tool").external_attr >> 16 == 0o100755
    assert built.read("bin/tool").startswith("#!/var/lang/bin/python3.13\n")
    assert "bin/tool,sha256=" in built.read("tool-1.0.dist-info/RECORD")


def test_two_equal_scripts(repository: TrialRepository) -> None:
    """Both scripts are in the artifact, although the assembler gets their text once."""
    scripts = "[console_scripts]\ntool = tool:main\ntool3 = tool:main\n"
    repository.add_wheel(
        "tool==1.0", {"tool.py": "", "tool-1.0.dist-info/entry_points.txt": scripts}
    )
    repository.lock("tool==1.0")
    repository.write(
        app_files("import tool\n" + HANDLER_SOURCE, f'{FUNCTION[:-2]}, scripts=["tool", "tool3"])')
    )

    built = repository.package("fn", "src/app")

    assert built.read("bin/tool") == built.read("bin/tool3")


def test_python_distribution(repository: TrialRepository) -> None:
    """A `python_distribution` adds its wheel and its dependencies."""
    repository.add_wheel("setuptools==63.4.3", {})
    repository.write(
        {
            **app_files(
                "import dist_words\n" + HANDLER_SOURCE,
                f'{FUNCTION[:-2]}, dependencies=["src/dist"])',
            ),
            "src/dist/dist_words.py": "",
            "src/dist/pyproject.toml": "",
            "src/dist/BUILD": "python_sources(name='lib')\n"
            'resource(name="pyproject", source="pyproject.toml")\n'
            'python_distribution(name="dist", dependencies=[":lib", ":pyproject"], sdist=False, '
            'provides=python_artifact(name="dist-words", version="1.5"))',
        }
    )
    repository.set_options(
        "--python-interpreter-constraints=['CPython==3.11.*']",
        "--source-root-patterns=['/src', '/src/dist']",
    )

    built = repository.package("fn", "src/app")

    assert [(e["name"], e["version"]) for e in built.metadata["distributions"]] == [
        ("dist-words", "1.5")
    ]
    assert "dist_words.py" in built.zip.namelist()
    assert [each["path"] for each in built.metadata["sources"]] == ["app/api.py"]


def test_parametrized_functions(repository: TrialRepository) -> None:
    """Each variant has its own zip, and its metadata contains its address."""
    repository.write(
        app_files(build=f'{FUNCTION[:-2]}, architecture=parametrize("arm64", "x86_64"))')
    )

    built = [repository.package("fn", "src/app", architecture=a) for a in ("arm64", "x86_64")]

    assert [each.metadata["architecture"] for each in built] == ["arm64", "x86_64"]
    assert [sorted(each.files)[0] for each in built] == [
        "src.app/fn@architecture=arm64.zip",
        "src.app/fn@architecture=x86_64.zip",
    ]


def test_complete_platforms(repository: TrialRepository) -> None:
    """`complete_platforms` determine the architecture, and the metadata has no runtime (B12)."""
    platform = (
        '{"compatible_tags": ["cp313-cp313-linux_aarch64", "py3-none-any"], "marker_environment": '
        '{"platform_machine": "aarch64", "python_version": "3.13", "python_full_version": "3.13.1"}}'
    )
    repository.write(
        {
            **app_files(
                build='resource(name="platform", source="arm.json")\n'
                f'{FUNCTION[:-2]}, complete_platforms=[":platform"])'
            ),
            "src/app/arm.json": platform,
        }
    )

    built = repository.package("fn", "src/app")

    assert (built.metadata["runtime"], built.metadata["architecture"]) == (None, "arm64")
    assert built.lines[0] == "    Runtime: complete platforms (arm64)"


def test_runtime_from_interpreter_constraints(repository: TrialRepository) -> None:
    """Constraints for one minor version determine the runtime, and otherwise the option does."""
    build = f'{FUNCTION[:-2]})\nlambda_function(name="wide", handler="wide.py:handler")'
    repository.write(
        {
            **app_files(build=build),
            "src/app/wide.py": HANDLER_SOURCE,
            "src/app/BUILD": "python_sources(overrides={'wide.py': "
            f"{{'interpreter_constraints': ['>=3.11']}}}})\n{build}",
        }
    )
    repository.set_options("--aws-lambda-default-runtime=python3.12")

    narrow, wide = (repository.package(name, "src/app") for name in ("fn", "wide"))

    assert narrow.metadata["runtime"] == "python3.13"
    assert wide.metadata["runtime"] == "python3.12"


def test_runtime_without_support(repository: TrialRepository) -> None:
    """A runtime that AWS no longer supports gets a warning with the date."""
    assert next(each for each in RUNTIMES if each.name == "python3.9").end_of_support == date(
        2025, 12, 15
    )
    repository.write(app_files(build=f'{FUNCTION[:-2]}, runtime="python3.9")'))
    repository.set_options("--python-interpreter-constraints=['CPython>=3.9']")

    built = repository.package("fn", "src/app")

    assert built.findings == [
        "L014 warning: AWS ended support for python3.9 on 2025-12-15 (as of 2026-11-29). "
        "To fix, set a newer `runtime`. (pants lambda-explain -- L014)"
    ]


def test_extra_runtime(repository: TrialRepository) -> None:
    """`extra_runtimes` adds a runtime on the day that AWS offers it."""
    repository.write(app_files(build=f'{FUNCTION[:-2]}, runtime="python3.16")'))
    repository.set_options(
        "--python-interpreter-constraints=['CPython>=3.9']",
        "--python-interpreter-versions-universe=['3.9', '3.16']",
        "--aws-lambda-extra-runtimes={'python3.16': {'glibc': '2.34'}}",
    )

    built = repository.package("fn", "src/app")

    assert built.metadata["runtime"] == "python3.16"
    assert built.findings == [
        "L019 warning: Pants cannot check whether src/app/api.py defines `handler`, because no Python "
        "3.16 or newer was found to read it. To fix, install that version of Python where Pants looks for "
        "it (`[python-bootstrap]`). (pants lambda-explain -- L019)",
        "L022 warning: The imports of app.api could not be checked: no Python 3.16 or newer was found "
        "to read it. To fix, install that version of Python where Pants looks for it "
        "(`[python-bootstrap]`). (pants lambda-explain -- L022)",
    ]


def test_syntax_of_a_newer_python(repository: TrialRepository) -> None:
    """A Python as new as the runtime reads the sources, whatever Python runs Pants."""
    source = 'type Event = dict\ndef handler(event: Event, context):\n    return f"{event["x"]}"\n'
    repository.write(app_files(source))

    built = repository.package("fn", "src/app")

    assert built.read("app/api.py") == source


def test_equivalent_init_files(repository: TrialRepository) -> None:
    """`__init__.py` files that differ only in comments and docstrings do not collide."""
    repository.add_wheel("one==1.0", {"ns/__init__.py": "# one\n", "ns/one.py": ""})
    repository.add_wheel("two==1.0", {"ns/__init__.py": '"""Two."""\n', "ns/two.py": ""})
    repository.lock("one==1.0", "two==1.0")
    repository.write(
        app_files(
            HANDLER_SOURCE,
            f'{FUNCTION[:-2]}, dependencies=["3rdparty/default:one", "3rdparty/default:two"])',
        )
    )

    built = repository.package("fn", "src/app")

    assert built.read("ns/__init__.py") == "# one\n"
    assert built.metadata["resolutions"] == [
        {"path": "ns/__init__.py", "winner": "one 1.0", "others": ["two 1.0"]}
    ]


def test_handler_in_a_wheel(repository: TrialRepository) -> None:
    """A handler may be third-party code, such as a wrapper, and is found in the wheel."""
    repository.add_wheel("wrapper==1.0", {"wrapper/entry.py": HANDLER_SOURCE})
    repository.lock("wrapper==1.0")
    repository.write(
        {
            "src/app/BUILD": 'lambda_function(name="fn", handler="wrapper.entry.handler",'
            ' runtime="python3.13", dependencies=["3rdparty/default:wrapper"])'
        }
    )

    built = repository.package("fn", "src/app")

    assert built.read("lambda_function.py") == "from wrapper.entry import handler as handler\n"
