"""Findings about packaged artifacts, with the whole text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Union

import pytest

from aws_lambda.testing.app_files import HANDLER_FIELD, HANDLER_SOURCE, function_files
from aws_lambda.testing.elf import AARCH64, X86_64, LibraryVersions, elf_file
from aws_lambda.testing.messages import dedent_message
from aws_lambda.testing.repository import BuiltArtifact, TrialRepository

ARN = "arn:aws:lambda:eu-west-1:123456789012:layer:x:1"
Files = Mapping[str, Union[str, bytes]]

WITH_LIBGL: Files = {"gl/__init__.py": "", "gl/_x.so": elf_file(X86_64, needed=["libGL.so.1"])}


def lock(repository: TrialRepository, **wheels: Files) -> None:
    """Lock these distributions, each in version 1.0."""
    for name, files in wheels.items():
        repository.add_wheel(f"{name}==1.0", files)
    repository.lock(*(f"{name}==1.0" for name in wheels))


def test_typo_three_modules_deep(repository: TrialRepository) -> None:
    """An unguarded import in first-party code that nothing provides fails the build (L005)."""
    repository.write(
        function_files(HANDLER_FIELD, handler=f"from app import prices\n{HANDLER_SOURCE}")
        | {
            "src/app/prices.py": "from app.totals import total\n",
            "src/app/totals.py": "total = 1\nimport app.monye\n",
        }
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        ChecksFailed: The `lambda_function` target src/app:fn would fail in Lambda.

          L005  src/app/totals.py:2 imports app.monye, which is not in the artifact, its layers, `provided`, the runtime or Python 3.13 (imported through app.api -> app.prices -> app.totals).
                To fix, correct the import, add a target that owns the module, or add its distribution to the lockfile's requirements. If a layer attached by ARN contains it, add it to `provided`.
                pants lambda-explain -- L005

        To fix, apply the fix shown for each finding, or accept the finding on the target: `ignore=["L005:app.monye"]`.
        """)


def test_name_that_a_module_does_not_define(repository: TrialRepository) -> None:
    """A name that a first-party module does not define cannot be imported from it (L005)."""
    repository.write(
        function_files(HANDLER_FIELD, handler=f"from app.money import totla\n{HANDLER_SOURCE}")
        | {"src/app/money.py": "total = 1\n"}
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        ChecksFailed: The `lambda_function` target src/app:fn would fail in Lambda.

          L005  src/app/api.py:1 imports totla from app.money, but src/app/money.py does not define it. Similar names: app.money.total.
                To fix, correct the import, or define `totla` at the top level of src/app/money.py.
                pants lambda-explain -- L005

        To fix, apply the fix shown for each finding, or accept the finding on the target: `ignore=["L005:app.money.totla"]`.
        """)


def test_reader_that_cannot_be_installed(repository: TrialRepository) -> None:
    """The early install does not report an error for targets that do not need the library."""
    for name, tag in (("pure", "py3-none-any"), ("fast", "cp313-cp313-manylinux_2_17_x86_64")):
        repository.add_wheel(f"{name}==1.0", {f"{name}.py": ""}, tag=tag)
    repository.lock("pure==1.0", "fast==1.0")
    repository.set_options("--aws-lambda-tools-resolve=absent")
    repository.write(
        {
            "src/app/pure.py": f"import pure\n{HANDLER_SOURCE}",
            "src/app/fast.py": f"import fast\n{HANDLER_SOURCE}",
            "src/app/BUILD": "python_sources()\n"
            'lambda_function(name="fn", handler="pure.py:handler")\n'
            'lambda_function(name="lost", handler="lost.py:handler", dependencies=["./fast.py"])\n',
        }
    )

    assert repository.package("fn", "src/app").findings == []
    assert repository.package_error("lost", "src/app").startswith("HandlerFileNotFound: ")


def test_native_code_that_lambda_cannot_load(repository: TrialRepository) -> None:
    """One error reports another processor, a newer C library and a missing library (L001-L003)."""
    newer = elf_file(
        X86_64, needed=["libc.so.6"], versions=[LibraryVersions("libc.so.6", ["GLIBC_2.28"])]
    )
    lock(
        repository,
        arm={"arm/__init__.py": "", "arm/_x.so": elf_file(AARCH64)},
        new={"new/__init__.py": "", "new/_x.so": newer},
        gl=WITH_LIBGL,
    )
    repository.write(
        function_files(
            f'{HANDLER_FIELD}, runtime="python3.11"',
            handler=f"import arm, gl, new\n{HANDLER_SOURCE}",
        )
    )
    repository.set_options("--python-interpreter-constraints=['CPython>=3.9']")

    assert repository.package_error("fn", "src/app") == dedent_message("""
        ChecksFailed: The `lambda_function` target src/app:fn would fail in Lambda.

          L001  arm/_x.so of arm 1.0 is built for 64-bit aarch64, not for python3.11 on x86_64.
                To fix, lock a version of arm with a wheel for x86_64, set `architecture="arm64"`, or `exclude` the files that nothing loads.
                pants lambda-explain -- L001

          L002  new/_x.so of new 1.0 needs glibc 2.28; python3.11 on x86_64 has 2.26.
                To fix, lock a version of new with a wheel tagged `manylinux_2_26` or older, or use python3.12 or newer, which has glibc 2.34.
                pants lambda-explain -- L002

          L003  gl/_x.so of gl 1.0 needs libGL.so.1, which is not in Lambda's base system, the artifact or its layers.
                To fix, put the library into `lib/` with `extra_files`, or attach a layer with it.
                pants lambda-explain -- L003

        To fix, apply the fix shown for each finding, or accept the finding on the target: `ignore=["L001:arm", "L002:new", "L003:gl"]`.
        """)


def test_library_in_the_artifact(repository: TrialRepository) -> None:
    """A library in `lib/` of the function or of a layer is not missing (L003)."""
    lock(repository, gl=WITH_LIBGL)
    repository.write(
        function_files(
            f'{HANDLER_FIELD}, extra_files={{"lib/libGL.so.1": ":lib"}}',
            handler=f"import gl\n{HANDLER_SOURCE}",
            more='resource(name="lib", source="libGL.so.1")\n'
            'lambda_layer(name="gl", extra_files={"lib/libGL.so.1": ":lib"})\n'
            f'lambda_function(name="split", {HANDLER_FIELD}, layers=[":gl"])\n',
        )
        | {"src/app/libGL.so.1": elf_file(X86_64)}
    )

    assert repository.package("fn", "src/app").findings == []
    assert repository.package("split", "src/app").findings == []


def test_library_that_an_arn_layer_may_contain(repository: TrialRepository) -> None:
    """The contents of an ARN layer are unknown, so the finding is a warning (L003)."""
    lock(repository, gl=WITH_LIBGL)
    repository.write(
        function_files(f'{HANDLER_FIELD}, layers=["{ARN}"]', handler=f"import gl\n{HANDLER_SOURCE}")
    )

    (finding,) = repository.package("fn", "src/app").findings
    assert finding.startswith("L003 warning: gl/_x.so of gl 1.0 needs libGL.so.1, which ")


def test_native_code_of_the_repository(repository: TrialRepository) -> None:
    """Libraries in the repository are checked like those of wheels (L001)."""
    repository.write(
        function_files(
            f'{HANDLER_FIELD}, dependencies=[":lib"]', more='resource(name="lib", source="libx.so")'
        )
        | {"src/app/libx.so": elf_file(AARCH64)}
    )

    assert "L001  src/app/libx.so is built for 64-bit aarch64" in repository.package_error(
        "fn", "src/app"
    )


def test_accepted_findings(repository: TrialRepository) -> None:
    """`ignore` accepts a finding, and an entry that accepts nothing is reported (L021)."""
    lock(repository, gl=WITH_LIBGL)
    repository.write(
        function_files(
            f'{HANDLER_FIELD}, ignore=["L003:gl", "L005", "L007:x"]',
            handler=f"import gl\n{HANDLER_SOURCE}",
        )
    )

    assert repository.package("fn", "src/app").findings == [
        "L021 warning: The field `ignore` of the `lambda_function` target src/app:fn accepts L005, "
        "which no check found. The same applies to 1 more: L007:x. To fix, remove the entry from "
        "`ignore`. "
        "(pants lambda-explain -- L021)"
    ]


def test_severities_of_a_repository(repository: TrialRepository) -> None:
    """`[aws-lambda].checks` changes the severity of a check."""
    repository.write(function_files(HANDLER_FIELD, handler=f"import nowhere\n{HANDLER_SOURCE}"))
    repository.set_options("--aws-lambda-checks={'L005': 'info'}")

    (finding,) = repository.package("fn", "src/app").findings
    assert finding.startswith("L005 info: src/app/api.py:1 imports nowhere, which ")

    repository.write(
        {
            "src/app/api.py": HANDLER_SOURCE,
            "src/app/notes.txt": "",
            "src/app/BUILD": 'python_sources()\nfile(name="notes", source="notes.txt")\n'
            f'lambda_function(name="fn", {HANDLER_FIELD}, dependencies=[":notes"])',
        }
    )
    repository.set_options("--aws-lambda-checks={'L017': 'error'}")

    assert "L017  src/app:notes is a `file`" in repository.package_error("fn", "src/app")


def test_invalid_severities(repository: TrialRepository) -> None:
    """The error lists every invalid entry of the option."""
    repository.write(function_files(HANDLER_FIELD))
    repository.set_options("--aws-lambda-checks={'L005': 'fatal', 'L999': 'info'}")

    message = repository.package_error("fn", "src/app")
    assert message.startswith(dedent_message("""
        InvalidChecks: The option `[aws-lambda].checks` has entries that cannot be used.

          'L005'  'fatal'
          'L999'  'info'

          the checks:
            L001  native code for another architecture
        """))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            'exclude=["/abs", "a/../b", "ok/**"]',
            """
            InvalidTargetException: src/app/BUILD:3: The `exclude` of the target src/app:fn has patterns that match no path.

              '/abs': it is absolute
              'a/../b': it leaves its folder

            To fix, write them as paths inside the artifact, such as "botocore/data/**".
            """,
        ),
        (
            'collisions={"./x": "first"}',
            """
            InvalidTargetException: src/app/BUILD:3: The `collisions` of the target src/app:fn has patterns that match no path.

              './x': it is not normalized

            To fix, write them as paths inside the artifact, such as "botocore/data/**".
            """,
        ),
    ],
)
def test_invalid_patterns(repository: TrialRepository, fields: str, message: str) -> None:
    """A field checks the syntax of its patterns."""
    repository.write(function_files(f"{HANDLER_FIELD}, {fields}"))

    assert repository.package_error("fn", "src/app") == dedent_message(message)


BIG: Files = {
    "big/__init__.py": "",
    "big/data/a.json": "a" * 2000,
    "big/data/b.json": "b",
    "big/tests/t.py": "",
    "big/x.pyi": "",
}


def test_excluded_files(repository: TrialRepository) -> None:
    """They are counted by pattern and are not in `RECORD`. Unused patterns are reported, and unused
    presets are not.
    """
    lock(repository, big=BIG)
    exclude = ["tests", "type-stubs", "docs", "big/data/**", "!big/data/b.json", "no/**", "!never"]
    repository.write(
        function_files(
            f"{HANDLER_FIELD}, exclude={exclude}", handler=f"import big\n{HANDLER_SOURCE}"
        )
    )

    built = repository.package("fn", "src/app")

    assert built.code == ["app/api.py", "big/__init__.py", "big/data/b.json", "lambda_function.py"]
    assert "big/tests" not in built.read("big-1.0.dist-info/RECORD")
    assert built.metadata["excluded"] == [
        {"entry": "tests", "files": 1, "bytes": 0},
        {"entry": "type-stubs", "files": 1, "bytes": 0},
        {"entry": "big/data/**", "files": 1, "bytes": 2000},
    ]
    assert (
        "    Left out: tests (1 file, 0 B), type-stubs (1 file, 0 B), "
        "big/data/** (1 file, 2.0 KiB)" in built.lines
    )
    assert built.findings == [
        "L020 warning: The pattern '!never' in the `exclude` of the `lambda_function` target "
        "src/app:fn matches nothing. The same applies to 1 more: no/**. To fix, correct or remove "
        "it. (pants lambda-explain -- L020)"
    ]


def split_big(fields: str = "") -> dict[str, str | bytes]:
    """A function whose layer leaves out a part of `big`."""
    return function_files(
        f'{HANDLER_FIELD}, layers=[":deps"]{fields}',
        handler=f"import big\n{HANDLER_SOURCE}",
        more='lambda_layer(name="deps", requirements_of=[":fn"], '
        'exclude=["tests", "python/big/data/**"])',
    )


def test_layer_without_files_of_the_function(repository: TrialRepository) -> None:
    """No artifact would contain these files. Files that presets leave out are not needed."""
    lock(repository, big=BIG)
    repository.write(split_big())

    assert repository.package_error("fn", "src/app") == dedent_message("""
        LayerLacksFiles: The `lambda_function` target src/app:fn needs files that its layers leave out.

          src/app:deps  python/big/data/**  big 1.0  python/big/data/a.json and 1 more

        The function leaves these files to its layers, so neither artifact contains them.

        To fix, remove the entries from the layers' `exclude` or `collisions`. If the function does not need these files, exclude them there as well: `exclude=["big/data/**"]`.
        """)

    repository.write(split_big(', exclude=["big/data/**"]'))

    assert repository.package("fn", "src/app").findings == []


RIVALS: Mapping[str, Files] = {
    "one": {"jwt/__init__.py": "x = 1", "LICENSE": "1", "jwt/only.py": ""},
    "two": {"jwt/__init__.py": "x = 2", "LICENSE": "2"},
}
BOTH = 'dependencies=["3rdparty/default:one", "3rdparty/default:two"]'


def rivals(repository: TrialRepository, fields: str) -> BuiltArtifact:
    lock(repository, **RIVALS)
    repository.write(function_files(f"{HANDLER_FIELD}, {BOTH}, {fields}"))
    return repository.package("fn", "src/app")


def test_resolved_collisions(repository: TrialRepository) -> None:
    """A rule decides for licenses, and the target for code. Both are printed and recorded."""
    built = rivals(repository, 'collisions={"jwt/**": "Two", "nothing": "drop"}')

    assert built.read("jwt/__init__.py") == "x = 2"
    assert built.read("LICENSE") == "1"
    assert "jwt/__init__.py" not in built.read("one-1.0.dist-info/RECORD")
    assert "jwt/__init__.py" in built.read("two-1.0.dist-info/RECORD")
    assert built.metadata["resolutions"] == [
        {"path": "LICENSE", "winner": "one 1.0", "others": ["two 1.0"]},
        {"path": "jwt/__init__.py", "winner": "two 1.0", "others": ["one 1.0"]},
    ]
    assert (
        "    Resolved: LICENSE -> one 1.0 (no code), jwt/__init__.py -> two 1.0 (jwt/**)"
        in built.lines
    )
    assert built.findings == [
        "L020 warning: The pattern 'nothing' in the `collisions` of the `lambda_function` target "
        "src/app:fn matches nothing. To fix, correct or remove it. (pants lambda-explain -- L020)"
    ]


@pytest.mark.parametrize(("policy", "content"), [("first", "x = 1"), ("one", "x = 1")])
def test_first_owner_wins(repository: TrialRepository, policy: str, content: str) -> None:
    """`"first"` sorts owners by name."""
    built = rivals(repository, f'collisions={{"jwt/**": "{policy}"}}')

    assert built.read("jwt/__init__.py") == content


def test_dropped_files(repository: TrialRepository) -> None:
    """`"drop"` removes all files of a path."""
    built = rivals(repository, 'collisions={"jwt/__init__.py": "drop"}')

    assert "jwt/__init__.py" not in built.code
    assert built.metadata["resolutions"][1] == {
        "path": "jwt/__init__.py",
        "winner": None,
        "others": ["one 1.0", "two 1.0"],
    }


def test_layer_without_files_of_a_distribution(repository: TrialRepository) -> None:
    """A function that takes the distribution from the layer would get another one's code."""
    lock(repository, **RIVALS)
    repository.write(
        function_files(
            f'{HANDLER_FIELD}, dependencies=["3rdparty/default:one"], layers=[":deps"]',
            more=f'lambda_layer(name="deps", {BOTH}, collisions={{"python/jwt/**": "two"}})',
        )
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        LayerLacksFiles: The `lambda_function` target src/app:fn needs files that its layers leave out.

          src/app:deps  python/jwt/**  one 1.0  python/jwt/__init__.py

        The function leaves these files to its layers, so neither artifact contains them.

        To fix, remove the entries from the layers' `exclude` or `collisions`. If the function does not need these files, exclude them there as well: `exclude=["jwt/**"]`.
        """)


OWN_LOSES = {
    "src/utils.py": "OURS = True\n",
    "src/BUILD": 'python_sources(name="lib")',
}


@pytest.mark.parametrize(
    ("wheel", "entry"),
    [
        ("utils.py", '"python/utils.py": "rival"'),
        ("utils.py", '"python/utils.py": "drop"'),
        ("utils/__init__.py", '"python/utils": "rival"'),
    ],
)
def test_layer_without_a_first_party_file(
    repository: TrialRepository, wheel: str, entry: str
) -> None:
    """A function that takes the file from the layer would run other code, or none."""
    lock(repository, rival={wheel: "THEIRS = True\n"})
    layer = (
        'lambda_layer(name="layer", dependencies=["src:lib", "3rdparty/default:rival"], '
        f"collisions={{{entry}}})"
    )

    def function(fields: str = "") -> dict[str, str | bytes]:
        fields = f'{HANDLER_FIELD}, layers=[":layer"]{fields}'
        return (
            function_files(fields, handler=f"import utils\n{HANDLER_SOURCE}", more=layer)
            | OWN_LOSES
        )

    repository.write(function())

    assert repository.package_error("fn", "src/app") == dedent_message(f"""
        LayerLacksFiles: The `lambda_function` target src/app:fn needs files that its layers leave out.

          src/app:layer  {entry.split('"')[1]}  src/utils.py (first-party)  python/utils.py

        The function leaves these files to its layers, so neither artifact contains them.

        To fix, remove the entries from the layers' `exclude` or `collisions`. If the function does not need these files, exclude them there as well: `exclude=["{entry.split('"')[1][7:]}"]`.
        """)


def test_first_party_file_that_a_layer_excludes(repository: TrialRepository) -> None:
    """The layer does not contain it, so the function does."""
    layer = (
        'lambda_layer(name="layer", dependencies=[":app", "src:lib"], exclude=["python/app/**"])'
    )
    repository.write(
        function_files(
            f'{HANDLER_FIELD}, layers=[":layer"]',
            handler=f"import utils\n{HANDLER_SOURCE}",
            more=layer,
        )
        | OWN_LOSES
    )

    assert repository.package("fn", "src/app").code == ["app/api.py", "lambda_function.py"]


def overlapping(fields: str = "") -> dict[str, str | bytes]:
    """A function with `one`, and a layer with `two`."""
    return function_files(
        f'{HANDLER_FIELD}, dependencies=["3rdparty/default:one"], layers=[":deps"]{fields}',
        more='lambda_layer(name="deps", dependencies=["3rdparty/default:two"])',
    )


def test_overlap_of_a_function_and_a_layer(repository: TrialRepository) -> None:
    """The same rules apply between artifacts. An entry can only accept the behavior of Lambda."""
    lock(repository, **RIVALS)
    repository.write(overlapping())

    assert repository.package_error("fn", "src/app") == dedent_message("""
        ArtifactsCollide: The `lambda_function` target src/app:fn and its layers contain different files at the same paths.

          jwt/__init__.py
            one 1.0  in src/app:fn    8ff436def145
            two 1.0  in src/app:deps  1431b986377b

        The first file of each path hides the others: a function hides its layers, and a later layer hides an earlier one.

        To fix, put these files into one artifact. If the first file is right, confirm it on the function:

          collisions={
              "jwt/__init__.py": "first",
          },
        """)

    repository.write(overlapping(', collisions={"jwt/__init__.py": "first"}'))
    built = repository.package("fn", "src/app")

    assert built.findings == []
    assert built.metadata["resolutions"] == [
        {
            "path": "LICENSE",
            "winner": "one 1.0 in src/app:fn",
            "others": ["two 1.0 in src/app:deps"],
        },
        {
            "path": "jwt/__init__.py",
            "winner": "one 1.0 in src/app:fn",
            "others": ["two 1.0 in src/app:deps"],
        },
    ]


def test_code_at_every_start_and_hidden_modules(repository: TrialRepository) -> None:
    """Lines of `.pth` files, and modules with names of the standard library (L007, L008)."""
    lock(
        repository,
        hook={
            "hook.pth": "import hook_start; hook_start.go()\nplain\n",
            "hook_start.py": "def go(): pass\n",
            "queue.py": "",
        },
    )
    repository.write(
        function_files(f'{HANDLER_FIELD}, dependencies=["3rdparty/default:hook", "src:own"]')
        | {"src/own.pth": "import os\n"}
        | {"src/BUILD": 'resource(name="own", source="own.pth")'}
    )

    assert repository.package("fn", "src/app").findings == [
        "L007 warning: queue.py of hook 1.0 has the name of the standard library module `queue`, and "
        "Python imports only one of them: this file, since Lambda searches functions and layers "
        "first. To fix, remove hook from the dependencies: Python 3.13 contains the module. (pants lambda-explain -- L007)",
        "L008 warning: hook.pth of hook 1.0 runs code at every start of the function: "
        "`import hook_start; hook_start.go()`. The same applies to 1 more: src/own.pth. To fix, exclude it if "
        'nothing needs it: `exclude=["**/hook.pth"]`. (pants lambda-explain -- L008)',
    ]


def test_imports_that_depend_on_pth_files(repository: TrialRepository) -> None:
    """The modules are found, and L008 does not suggest to exclude the file. Without the file, L005
    names it, and `PYTHONPATH` if that hides the layers.
    """
    lock(
        repository,
        setuptools={
            "distutils-precedence.pth": "import os; __import__('_distutils_hack').add_shim()\n",
            "_distutils_hack/__init__.py": "def add_shim(): pass\n",
        },
    )
    uses = f"from distutils.util import strtobool\nimport vendored\n{HANDLER_SOURCE}"
    needs = 'dependencies=["3rdparty/default:setuptools", "src:own"]'
    hidden = f'lambda_function(name="hidden", {HANDLER_FIELD}, {needs}, exclude=["*.pth"])'
    layered = f"""lambda_layer(name="deps", dependencies=["3rdparty/default:setuptools"])
        lambda_function(name="layered", {HANDLER_FIELD}, {needs}, layers=[":deps"])
        lambda_function(name="elsewhere", {HANDLER_FIELD}, {needs}, layers=[":deps"], check_env={{"PYTHONPATH": "/x"}})"""
    repository.write(
        function_files(
            f"{HANDLER_FIELD}, {needs}",
            handler=uses,
            more=f"{hidden}\n{layered}".replace("        ", ""),
        )
        | {"src/own.pth": "vendor\n", "src/vendor/vendored.py": ""}
        | {"src/BUILD": 'resources(name="own", sources=["own.pth", "vendor/*.py"])'}
    )

    assert repository.package("fn", "src/app").findings == []
    assert repository.package("layered", "src/app").findings == []
    assert repository.package("deps", "src/app").findings == [
        "L008 warning: python/distutils-precedence.pth of setuptools 1.0 runs code at every start of "
        "the function: `import os; __import__('_distutils_hack').add_shim()`. To fix, accept it with "
        "`ignore` if a function with this layer imports distutils, which Python 3.13 finds through "
        'it. Otherwise, exclude it: `exclude=["**/distutils-precedence.pth"]`. (pants lambda-explain -- L008)'
    ]
    assert repository.package_error("hidden", "src/app") == dedent_message("""
        ChecksFailed: The `lambda_function` target src/app:hidden would fail in Lambda.

          L005  src/app/api.py:1 imports distutils, which is not in the artifact, its layers, `provided`, the runtime or Python 3.13. Other versions of Python contain it.
                To fix, keep distutils-precedence.pth of setuptools 1.0, through which Python finds it: the `exclude` of the `lambda_function` target src/app:hidden leaves it out.
                pants lambda-explain -- L005

          L005  src/app/api.py:2 imports vendored, which is not in the artifact, its layers, `provided`, the runtime or Python 3.13. Similar names: vendor.
                To fix, keep src/own.pth, through which Python finds it: the `exclude` of the `lambda_function` target src/app:hidden leaves it out.
                pants lambda-explain -- L005

        To fix, apply the fix shown for each finding, or accept the finding on the target: `ignore=["L005:distutils", "L005:vendored"]`.
        """)
    assert repository.package_error("elsewhere", "src/app") == dedent_message("""
        ChecksFailed: The `lambda_function` target src/app:elsewhere would fail in Lambda.

          L005  src/app/api.py:1 imports distutils, which is not in the artifact, its layers, `provided`, the runtime or Python 3.13. Other versions of Python contain it.
                To fix, remove PYTHONPATH from `check_env` and from the function's configuration in AWS: if it is set, Lambda adds neither the layers' folders nor their `.pth` files to Python's path.
                pants lambda-explain -- L005

        To fix, apply the fix shown for each finding, or accept the finding on the target: `ignore=["L005:distutils"]`.
        """)


def test_layers_with_unknown_contents(repository: TrialRepository) -> None:
    """Lambda unpacks all layers into one folder, so they may overwrite each other (L010)."""
    lock(repository, big=BIG)
    repository.write(
        function_files(
            f'{HANDLER_FIELD}, layers=[":deps", "{ARN}"]',
            handler=f"import big\n{HANDLER_SOURCE}",
            more='lambda_layer(name="deps", requirements_of=[":fn"])',
        )
    )

    assert repository.package("fn", "src/app").findings == [
        "L010 info: The `lambda_function` target src/app:fn attaches "
        f"{ARN}, whose files are unknown, and src/app:deps: Lambda unpacks them into one folder, where "
        "files of later layers overwrite those of earlier ones. To fix, make sure that they share "
        'no path, or set `prefix` on your own layers, such as `prefix="python/lib/python3.13/site-packages"`. '
        "(pants lambda-explain -- L010)"
    ]


def test_modules_of_provided_distributions(repository: TrialRepository) -> None:
    """The modules of a distribution may have other names, and Pants knows most of them (L005)."""
    repository.write(
        function_files(
            f'{HANDLER_FIELD}, provided=["PyYAML", "left-pad"]',
            handler=f"import yaml, left_pad\n{HANDLER_SOURCE}",
        )
    )

    built = repository.package("fn", "src/app")

    assert built.findings == []
    assert built.metadata["provided"] == [
        {"name": "left-pad", "version": None},
        {"name": "pyyaml", "version": None},
    ]


def test_path_with_a_backslash(repository: TrialRepository) -> None:
    """Some unpackers treat a backslash as a separator (L012)."""
    repository.write(
        function_files(
            f'{HANDLER_FIELD}, dependencies=[":odd"]',
            more='resources(name="odd", sources=["a*.txt"])',
        )
        | {"src/app/a\\b.txt": "x"}
    )

    assert repository.package_error("fn", "src/app") == dedent_message(r"""
        ChecksFailed: The `lambda_function` target src/app:fn would fail in Lambda.

          L012  The path 'app/a\\b.txt' cannot be unpacked everywhere: it contains a backslash.
                To fix, rename the file.
                pants lambda-explain -- L012

        To fix, apply the fix shown for each finding, or accept the finding on the target: `ignore=["L012:src/app/a\\b.txt"]`.
        """)


def test_artifact_near_the_size_limit(repository: TrialRepository) -> None:
    """There is a finding above `size_warning`, a fraction of the limit (L013)."""
    repository.write(function_files(HANDLER_FIELD))
    repository.set_options("--aws-lambda-size-warning=0.0000001")

    assert repository.package("fn", "src/app").findings == [
        "L013 warning: The `lambda_function` target src/app:fn has 85 B unzipped, and AWS accepts "
        "250.0 MiB. To fix, use `exclude` on its largest distributions, which its metadata lists. "
        "(pants lambda-explain -- L013)"
    ]


@pytest.mark.parametrize("share", ["80", "0", "-1", "nan"])
def test_invalid_size_warning(repository: TrialRepository, share: str) -> None:
    """80 instead of 0.8 would turn the finding off (L013)."""
    repository.write(function_files(HANDLER_FIELD))
    repository.set_options(f"--aws-lambda-size-warning={share}")

    assert repository.package_error("fn", "src/app") == dedent_message(f"""
        InvalidSizeWarning: The option `[aws-lambda].size_warning` is not a fraction of the limit.

          size_warning = {float(share)}

        To fix, set a number above 0 and up to 1, such as 0.8 for 80 percent.
        """)


def test_excluded_module_that_is_imported(repository: TrialRepository) -> None:
    """The message names the entry of `exclude` (L005)."""
    lock(repository, big=BIG)
    repository.write(
        function_files(
            f'{HANDLER_FIELD}, exclude=["big/**"]', handler=f"import big\n{HANDLER_SOURCE}"
        )
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        ChecksFailed: The `lambda_function` target src/app:fn would fail in Lambda.

          L005  src/app/api.py:1 imports big, which is not in the artifact, its layers, `provided`, the runtime or Python 3.13.
                To fix, correct the entry 'big/**' of `exclude`, which leaves it out.
                pants lambda-explain -- L005

        To fix, apply the fix shown for each finding, or accept the finding on the target: `ignore=["L005:big"]`.
        """)


def test_excluded_handler_module(repository: TrialRepository) -> None:
    """A function cannot work without the module of its handler (L005)."""
    repository.write(function_files(f'{HANDLER_FIELD}, exclude=["**/*.py"]'))

    message = repository.package_error("fn", "src/app")
    assert (
        "L005  The handler's module app.api is in neither the artifact nor its layers." in message
    )
    assert "To fix, correct the entry '**/*.py' of `exclude`, which leaves it out." in message


def test_module_that_an_arn_layer_may_contain(repository: TrialRepository) -> None:
    """The contents of ARN layers and some modules of distributions are unknown (L005)."""
    repository.write(
        function_files(
            f'{HANDLER_FIELD}, layers=["{ARN}"]', handler=f"import nowhere\n{HANDLER_SOURCE}"
        )
    )

    (finding,) = repository.package("fn", "src/app").findings
    assert finding.startswith("L005 warning: src/app/api.py:1 imports nowhere, which ")
    assert ARN in finding

    repository.write(
        function_files(
            f'{HANDLER_FIELD}, provided=["pynacl"]', handler=f"import nacl\n{HANDLER_SOURCE}"
        )
    )

    (finding,) = repository.package("fn", "src/app").findings
    assert finding.startswith("L005 warning: src/app/api.py:1 imports nacl, which ")


def test_third_party_code_that_imports_the_sdk(repository: TrialRepository) -> None:
    """A distribution that imports boto3 without requiring it gets the version of the runtime."""
    repository.add_wheel("tools==1.0", {"tools.py": "import os\nimport boto3\n"})
    repository.add_wheel("boto3==1.0", {"boto3.py": ""})
    repository.lock("tools==1.0", "boto3==1.0")
    handler = f"import tools\n{HANDLER_SOURCE}"
    repository.write(function_files(HANDLER_FIELD, handler=handler))

    assert repository.package("fn", "src/app").findings == [
        "L016 warning: tools.py:2 of tools 1.0 imports boto3, which is not in the artifact, its "
        'layers or `provided`. To fix, add `dependencies=["3rdparty/default:boto3"]`, or set '
        '`provided=["aws-sdk"]` to use the runtime\'s SDK, which AWS updates. '
        "(pants lambda-explain -- L016)"
    ]

    for way in ('provided=["aws-sdk"]', 'dependencies=["3rdparty/default:boto3"]'):
        repository.write(function_files(f"{HANDLER_FIELD}, {way}", handler=handler))
        assert repository.package("fn", "src/app").findings == []


@pytest.mark.parametrize(
    "code",
    ["try:\n    import boto3\nexcept ImportError:\n    pass\n", "def f():\n    import boto3\n"],
)
def test_third_party_code_that_may_import_the_sdk(repository: TrialRepository, code: str) -> None:
    """An import that is guarded or in a function may never run."""
    repository.add_wheel("tools==1.0", {"tools.py": code})
    repository.lock("tools==1.0")
    repository.write(function_files(HANDLER_FIELD, handler=f"import tools\n{HANDLER_SOURCE}"))

    assert repository.package("fn", "src/app").findings == []


@pytest.mark.parametrize(
    ("function", "layer", "of"),
    [
        ("", "", "lambda_layer"),
        ("", 'scripts=["tool"]', ""),
        ('scripts=["tool"]', "", ""),
        ("layers=[]", "", "lambda_function"),
    ],
)
def test_native_program_of_a_wheel(
    repository: TrialRepository, function: str, layer: str, of: str
) -> None:
    """A native script is reported if its distribution is in the artifact, unless the target, its
    layers or its functions list it (L028). The metadata lists all omitted files.
    """
    repository.add_wheel(
        "tool==1.0",
        {
            "tool.py": "",
            "tool-1.0.data/scripts/tool": elf_file(X86_64),
            "tool-1.0.data/headers/tool.h": "123",
            "tool-1.0.dist-info/entry_points.txt": "[console_scripts]\nslow = tool:main\n",
        },
    )
    repository.lock("tool==1.0")
    attaches = function if "layers" in function else f'layers=[":deps"], {function}'
    repository.write(
        function_files(f"{HANDLER_FIELD}, {attaches}", handler=f"import tool\n{HANDLER_SOURCE}")
        | {"src/BUILD": f'lambda_layer(name="deps", requirements_of=["src/app:fn"], {layer})'}
    )
    repository.write(
        {
            "src/app/BUILD": f'python_sources()\nlambda_function(name="fn", {HANDLER_FIELD}, '
            + attaches.replace(":deps", "src:deps")
            + ")"
        }
    )
    fn = repository.package("fn", "src/app")
    deps = repository.package("deps", "src")

    size = len(elf_file(X86_64))
    for built, kind in ((fn, "lambda_function"), (deps, "lambda_layer")):
        where = f"The `{kind}` target {built.metadata['address']}"
        assert [each for each in built.findings if each.startswith("L028")] == (
            [
                f"L028 warning: {where} does not contain a native program of tool 1.0: tool ({size} "
                'B). To fix, set `scripts=["tool"]` if your code runs it. (pants lambda-explain -- L028)'
            ]
            if kind == of or (kind == "lambda_layer" and of == "lambda_function")
            else []
        )
    (tool,) = deps.metadata["distributions"]
    assert tool["left_out"] == {
        "bin/slow": 0,
        "headers": 3,
        **({} if layer else {"bin/tool": size}),
    }
