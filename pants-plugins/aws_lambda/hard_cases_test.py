"""Cases in which other tools write a wrong artifact, or fail without an explanation."""

from __future__ import annotations

import zipfile
from dataclasses import replace

import pytest
from pants.engine.fs import SymlinkEntry

from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.platforms.platform import compute_platform
from aws_lambda.artifact.platforms.runtimes import RUNTIMES, Architecture, find_runtime
from aws_lambda.inputs.sources import LinksAmongSources, refuse_links
from aws_lambda.testing.app_files import HANDLER_FIELD, HANDLER_SOURCE, function_files
from aws_lambda.testing.messages import dedent_message
from aws_lambda.testing.repository import TrialRepository


def test_collision_does_not_change_other_artifacts(repository: TrialRepository) -> None:
    """A first-party file at the path of a wheel fails its own target, and never changes the wheel
    (B1).
    """
    repository.add_wheel("rival==1.0", {"shared.py": "THEIRS = True\n"})
    repository.lock("rival==1.0")
    needs = 'dependencies=["3rdparty/default:rival"]'
    repository.write(
        {
            "src/shared.py": "OURS = True\n",
            "src/BUILD": 'python_sources(name="lib")',
            **function_files(f"{HANDLER_FIELD}, {needs[:-1]}, 'src:lib']"),
            "src/other/api.py": HANDLER_SOURCE,
            "src/other/BUILD": f'python_sources()\nlambda_function(name="fn", {HANDLER_FIELD}, {needs})',
        }
    )
    before = repository.package("fn", "src/other").files["src.other/fn.zip"]

    refusal = repository.package_error("fn", "src/app")

    repository.runner.scheduler.scheduler.invalidate_all()
    after = repository.package("fn", "src/other")
    assert refusal.startswith(
        "CollidingFiles: Files collide in the `lambda_function` target src/app:fn"
    )
    assert after.files["src.other/fn.zip"] == before
    assert after.read("shared.py") == "THEIRS = True\n"


def test_pure_sdist_is_built(repository: TrialRepository) -> None:
    """A pure Python project with only an sdist is built for every platform."""
    repository.add_wheel("pure==1.0", {"pure.py": ""})
    repository.lock("pure==1.0")
    repository.replace_with_sdist("pure==1.0", {"pure.py": "x = 1\n"}, tag="py3-none-any")
    repository.write(
        function_files(
            f'{HANDLER_FIELD}, architecture="arm64"', handler=f"import pure\n{HANDLER_SOURCE}"
        )
    )

    built = repository.package("fn", "src/app")

    assert built.read("pure.py") == "x = 1\n"
    assert [each["wheel"] for each in built.metadata["distributions"]] == [
        "pure-1.0-py3-none-any.whl"
    ]


@pytest.mark.parametrize("tag", ["cp313-cp313-linux_x86_64", "cp39-cp39-linux_x86_64"])
def test_native_sdist_is_refused(tag: str, repository: TrialRepository) -> None:
    """An sdist with native code is refused, because its build fits this machine and not Lambda. The
    same applies if PEX builds it with another Python and refuses it itself.
    """
    repository.add_wheel("native==1.0", {"native.py": ""})
    repository.lock("native==1.0")
    repository.replace_with_sdist("native==1.0", {"native.so": ""}, tag=tag)
    repository.write(function_files(HANDLER_FIELD, handler=f"import native\n{HANDLER_SOURCE}"))

    assert repository.package_error("fn", "src/app") == dedent_message(rf"""
        NativeCodeBuiltHere: Native code of the `lambda_function` target src/app:fn was built on this machine, not for Lambda.

          the platform  python3.13 on x86_64 (glibc 2.34)
          native 1.0  native-1.0-{tag}.whl

        It is linked with the C library of this machine, which may differ from Lambda's.

        To fix, lock a version that has a wheel for the platform. If there is none, build the wheel in the runtime's build image, from the root of the repository:

          docker run --rm -v "$PWD/wheels:/wheels" public.ecr.aws/sam/build-python3.13:latest-x86_64 \
            pip wheel --no-deps --wheel-dir /wheels native==1.0

        add its folder to pants.toml:

          [python-repos]
          find_links = ["file://%(buildroot)s/wheels"]
          path_mappings = ["WHEELS|%(buildroot)s/wheels"]

        and run `pants generate-lockfiles --resolve=default`.
        """)


def test_native_tag_without_native_code(repository: TrialRepository) -> None:
    """A wheel built on this machine is accepted if it contains only Python, whatever its tag, as
    after an optional extension failed to compile.
    """
    repository.add_wheel("slow==1.0", {"slow.py": ""})
    repository.lock("slow==1.0")
    repository.replace_with_sdist("slow==1.0", {"slow.py": ""}, tag="cp313-cp313-linux_x86_64")
    repository.write(function_files(HANDLER_FIELD, handler=f"import slow\n{HANDLER_SOURCE}"))

    built = repository.package("fn", "src/app")

    assert built.findings == []
    assert "slow.py" in built.code


ALARM = {
    "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\n'
    '[project]\nname = "alarm"\nversion = "1.0"\n'
    '[tool.setuptools]\npy-modules = ["alarm"]\n',
    "alarm.py": "TUNE = 1\n",
}


def test_requirement_on_a_folder(repository: TrialRepository) -> None:
    """A folder in the lockfile is refused before PEX runs, because later edits of it would not
    ship.
    """
    repository.write({f"lib/alarm/{name}": text for name, text in ALARM.items()})
    repository.lock(f"alarm @ file://{repository.root}/lib/alarm", index=True)
    repository.write(function_files(HANDLER_FIELD, handler=f"import alarm\n{HANDLER_SOURCE}"))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        RequirementIsFolder: The lockfile of the `lambda_function` target src/app:fn takes third-party code from a folder.

          the lockfile  default.lock

          alarm 1.0  lib/alarm

        Later edits of the folder would not be in the artifact: PEX builds the code that it locked, or fails on the hash if its caches lack this code.

        To fix, own the folder with `python_sources()` or `python_distribution(…)`, remove the requirement, and run `pants generate-lockfiles --resolve=default`.
        """)


def test_no_wheel_for_the_platform(repository: TrialRepository) -> None:
    """The error about missing wheels comes before PEX runs and lists all projects."""
    repository.add_wheel("needed==1.0", {"needed.py": ""}, requires="deeper")
    repository.add_wheel("deeper==1.0", {"deeper.py": ""})
    for name in ("needed", "deeper"):
        wheel = repository.root / "wheels" / f"{name}-1.0-py3-none-any.whl"
        wheel.rename(wheel.with_name(f"{name}-1.0-cp313-cp313-manylinux_2_28_x86_64.whl"))
    repository.lock("needed==1.0")
    repository.write(
        function_files(
            f'{HANDLER_FIELD}, architecture="arm64"', handler=f"import needed\n{HANDLER_SOURCE}"
        )
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        NoWheelForPlatform: Distributions of the `lambda_function` target src/app:fn have no wheel for its platform.

          the platform  python3.13 on arm64 (glibc 2.34)
          the lockfile  default.lock

          deeper 1.0
            its wheels need  manylinux_2_28_x86_64
            an sdist         does not exist
          needed 1.0
            its wheels need  manylinux_2_28_x86_64
            an sdist         does not exist

        All targets of the resolve get the locked version of a project, and native code that is built from an sdist on this machine would not run in Lambda.

        To fix, lock versions that have such a wheel (often several releases back), use a newer runtime, or give this target its own resolve. To exclude the locked versions, add to the requirements:

          "deeper!=1.0" "needed!=1.0"

        Then run `pants generate-lockfiles --resolve=default`.
        """)


def test_lockfile_without_requirements(repository: TrialRepository) -> None:
    """A lockfile older than the requirements is refused, and the error lists each missing
    requirement.
    """
    repository.add_wheel("locked==1.0", {"locked.py": ""}, requires='addon; extra == "more"')
    repository.lock("locked==1.0")
    added = "absent>=2; python_version>='3.9'", "locked[more]>=2", "other; python_version<'3.9'"
    repository.write(
        {
            "src/lib/BUILD": "".join(
                f'python_requirement(name="r{i}", requirements=["{each}"])\n'
                for i, each in enumerate(added)
            ),
            **function_files(
                f'{HANDLER_FIELD}, dependencies=["src/lib:r0", "src/lib:r1", "src/lib:r2"]'
            ),
        }
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        RequirementNotLocked: The lockfile does not satisfy the requirements of the `lambda_function` target src/app:fn.

          the lockfile  default.lock

          absent>=2        not in the lockfile   required by src/lib:r0
          addon            not in the lockfile   required by locked[more]>=2
          locked[more]>=2  the lockfile has 1.0  required by src/lib:r1

        Distributions come from the lockfile only, so the artifact would lack these.

        To fix, run `pants generate-lockfiles --resolve=default`.
        """)


def test_wheel_with_an_unsafe_path(repository: TrialRepository) -> None:
    """A wheel that would write outside its folder is refused by name, and no file is written."""
    repository.add_wheel("evil==1.0", {"evil.py": ""})
    with zipfile.ZipFile(repository.root / "wheels/evil-1.0-py3-none-any.whl", "a") as wheel:
        wheel.writestr("../outside.py", "")
    repository.lock("evil==1.0")
    repository.write(function_files(f'{HANDLER_FIELD}, dependencies=["3rdparty/default:evil"]'))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        BadWheel: The wheel evil-1.0-py3-none-any.whl cannot be unpacked safely.

          ../outside.py  it leaves its folder

        No artifact was written.

        To fix, download the wheel again if it is damaged. Otherwise, lock another version of its project, and report the wheel to the project.
        """)


def test_import_of_several_modules(repository: TrialRepository) -> None:
    """The Rust parser of Pants 2.17 finds only `a` in `import a, b`. The artifact contains both."""
    for name in ("alpha", "beta", "gamma"):
        repository.add_wheel(f"{name}==1.0", {f"{name}.py": ""})
    repository.lock("alpha==1.0", "beta==1.0", "gamma==1.0")
    repository.write(
        function_files(
            HANDLER_FIELD, handler=f"import json, alpha\nimport beta, gamma\n{HANDLER_SOURCE}"
        )
    )
    repository.set_options("--python-infer-use-rust-parser")

    built = repository.package("fn", "src/app")

    assert built.code == ["alpha.py", "app/api.py", "beta.py", "gamma.py", "lambda_function.py"]


def test_modules_that_hide_each_other(repository: TrialRepository) -> None:
    """Python would import one of them, and the zip contains each path once."""
    repository.add_wheel("rival==1.0", {"words/__init__.py": "THEIRS = True\n"})
    repository.lock("rival==1.0")
    repository.write(
        {
            "src/words.py": "OURS = True\n",
            "src/BUILD": 'python_sources(name="lib")',
            **function_files(
                f'{HANDLER_FIELD}, dependencies=["3rdparty/default:rival", "src:lib"]'
            ),
        }
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        CollidingFiles: Files collide in the `lambda_function` target src/app:fn: 1 path has more than one owner, with different content.

          words
            src/words.py (first-party)  words.py           12 bytes  5b3ef4223470
            rival 1.0                   words/__init__.py  14 bytes  14ebbcd74ac5

        An artifact can contain only one of them, so code that needs another one gets the wrong file.

        To fix, rename or move your own files, or choose the owner of each path on the target (`"drop"` for no owner):

          collisions={
              "words": "first",  # or "rival"
          },
        """)


def test_lockfile_for_another_python(repository: TrialRepository) -> None:
    """Markers are not evaluated for a Python that the lockfile does not support."""
    repository.add_wheel("needed==1.0", {"needed.py": ""})
    repository.lock("needed==1.0")
    lock = (repository.root / "default.lock").read_text()
    repository.write(
        {
            **function_files(HANDLER_FIELD, handler=f"import needed\n{HANDLER_SOURCE}"),
            "default.lock": lock.replace("<3.15,>=3.9", "==3.12.*"),
        }
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        LockForAnotherPython: The lockfile of the `lambda_function` target src/app:fn was generated for other versions of Python.

          the platform   python3.13 on x86_64 (glibc 2.34)
          the lockfile   default.lock
          generated for  CPython==3.12.*

        It may lack requirements for this version of Python.

        To fix, choose a runtime that the resolve `default` allows, or extend its constraints in `[python.resolves_to_interpreter_constraints]` and run `pants generate-lockfiles --resolve=default`.
        """)


def test_lockfile_for_one_patch_release(repository: TrialRepository) -> None:
    """A lockfile for a patch release is valid for its minor version, whichever release AWS runs."""
    repository.add_wheel("needed==1.0", {"needed.py": ""})
    repository.lock("needed==1.0")
    lock = (repository.root / "default.lock").read_text()
    repository.write(
        {
            **function_files(HANDLER_FIELD, handler=f"import needed\n{HANDLER_SOURCE}"),
            "default.lock": lock.replace("<3.15,>=3.9", "==3.13.2"),
        }
    )

    built = repository.package("fn", "src/app")

    assert built.metadata["runtime"] == "python3.13"
    assert "needed.py" in built.code


def test_extra_in_another_spelling(repository: TrialRepository) -> None:
    """A dependency of an extra stays in the artifact, even if a provided distribution needs it
    too.
    """
    repository.add_wheel(
        "tool==1.0",
        {"tool.py": ""},
        requires='parser; extra == "query-lang"\nProvides-Extra: query-lang',
    )
    repository.add_wheel("alpha==1.0", {"alpha.py": ""}, requires="parser")
    repository.add_wheel("parser==1.0", {"parser.py": ""})
    repository.lock("tool[query_lang]==1.0", "alpha==1.0")
    repository.write(
        function_files(
            f'{HANDLER_FIELD}, provided=["alpha"], '
            'dependencies=["3rdparty/default:tool[query_lang]", "3rdparty/default:alpha"]'
        )
    )

    assert repository.package("fn", "src/app").code == [
        "app/api.py",
        "lambda_function.py",
        "parser.py",
        "tool.py",
    ]


@pytest.mark.parametrize(("glibc", "fits"), [("manylinux_2_17", True), ("manylinux_2_28", False)])
def test_wheel_for_several_platforms(repository: TrialRepository, glibc: str, fits: bool) -> None:
    """Platforms that prefer different wheels of a distribution share one that fits all, if it
    exists.
    """
    for each in {"manylinux_2_28", glibc}:
        tag = f"cp313-cp313-{each}_x86_64"
        repository.add_wheel("native==1.0", {"native.py": f"# {each}"}, tag=tag)
    repository.add_wheel("native==1.0", {"native.py": ""}, tag="cp312-cp312-manylinux_2_17_x86_64")
    repository.lock("native==1.0")
    new, old = (
        compute_platform(
            find_runtime(name, RUNTIMES, where=Where("lambda_function", "a:b")), Architecture.X86_64
        )
        for name in ("python3.13", "python3.13" if fits else "python3.12")
    )
    tags = tuple(tag for tag in old.compatible_tags if "_2_28_" not in tag)
    repository.write(
        {
            "src/app/api.py": f"import native\n{HANDLER_SOURCE}",
            "src/app/BUILD": "python_sources()\n"
            'file(name="new", source="new.json")\nfile(name="old", source="old.json")\n'
            f'lambda_function(name="fn", {HANDLER_FIELD}, complete_platforms=[":new", ":old"])',
            "src/app/new.json": new.as_json(),
            "src/app/old.json": replace(old, compatible_tags=tags).as_json(),
        }
    )

    if fits:
        built = repository.package("fn", "src/app")
        (native,) = built.metadata["distributions"]
        assert native["wheel"] == "native-1.0-cp313-cp313-manylinux_2_17_x86_64.whl"
        assert built.read("native.py") == "# manylinux_2_17"
    else:
        assert repository.package_error("fn", "src/app").startswith("PlatformsDisagree: ")


def test_output_path_like_a_sandbox_path(repository: TrialRepository) -> None:
    """The artifact never contains input of the build, whatever its output path is."""
    repository.write(function_files(f'{HANDLER_FIELD}, layout="flat", output_path="generated"'))

    built = repository.package("fn", "src/app")

    assert sorted(built.files) == [
        "generated.metadata.json",
        "generated/app/api.py",
        "generated/lambda_function.py",
    ]


def test_interpreter_universe_that_ends_early(repository: TrialRepository) -> None:
    """The default list of Pythons in Pants ends at 3.11, and newer runtimes work anyway."""
    repository.write(function_files(f'{HANDLER_FIELD}, runtime="python3.13"'))
    repository.set_options(
        "--python-interpreter-constraints=['CPython>=3.9']",
        "--python-interpreter-versions-universe=['3.9', '3.10', '3.11']",
    )

    assert repository.package("fn", "src/app").metadata["runtime"] == "python3.13"


def test_extra_file_and_dependency(repository: TrialRepository) -> None:
    """A file in both `extra_files` and `dependencies` is at both paths."""
    repository.write(
        {
            "src/app/api.py": HANDLER_SOURCE,
            "src/app/conf.json": "{}",
            "src/app/BUILD": 'python_sources()\nresource(name="conf", source="conf.json")\n'
            f'lambda_function(name="fn", {HANDLER_FIELD}, dependencies=[":conf"], '
            'extra_files={"etc/conf.json": ":conf"})',
        }
    )

    assert repository.package("fn", "src/app").code == [
        "app/api.py",
        "app/conf.json",
        "etc/conf.json",
        "lambda_function.py",
    ]


def test_boto3_without_an_owner(repository: TrialRepository) -> None:
    """An imported SDK that is neither locked nor `provided` is reported."""
    repository.write(function_files(HANDLER_FIELD, handler=f"import boto3\n{HANDLER_SOURCE}"))

    built = repository.package("fn", "src/app")

    assert built.findings == [
        "L016 warning: The code imports boto3, which is neither in the lockfile nor in `provided`. "
        'To fix, lock it, or set `provided=["aws-sdk"]` to use the runtime\'s SDK, which AWS '
        "updates. (pants lambda-explain -- L016)"
    ]


def test_links_among_generated_sources() -> None:
    """A generated file that is a symbolic link is an error, and is not left out silently."""
    entries = [SymlinkEntry("src/app/libfoo.so", "libfoo.so.1")]

    with pytest.raises(LinksAmongSources) as refused:
        refuse_links(entries)

    assert str(refused.value) == dedent_message("""
        Generated sources are symbolic links, which an artifact cannot contain.

          src/app/libfoo.so  -> libfoo.so.1

        To fix, change the program that generates them: let it copy the files.
        """)
