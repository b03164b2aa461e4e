"""Packaged functions that this machine can run."""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import cast

import pytest
from pants.core.goals.package import BuiltPackage
from pants.engine.internals.scheduler import ExecutionError
from pants.engine.platform import Platform

from aws_lambda.artifact.platforms.host import Host
from aws_lambda.artifact.platforms.platform import CompletePlatform, compute_platform
from aws_lambda.artifact.platforms.runtimes import RUNTIMES, Architecture
from aws_lambda.local.runnable import RUNTIME_CLIENT, RUNTIME_SDK, client_for, host_of
from aws_lambda.package import LambdaFunctionFieldSet
from aws_lambda.processes.interpreters import Interpreters
from aws_lambda.testing.app_files import HANDLER_FIELD, HANDLER_SOURCE, function_files
from aws_lambda.testing.elf import AARCH64, X86_64, elf_file
from aws_lambda.testing.repository import TrialRepository
from aws_lambda.third_party.wheels import InspectRequest

HERE = host_of(Platform.create_for_localhost()).architecture
(OTHER,) = set(Architecture) - {HERE}
MACHINES = {Architecture.X86_64: X86_64, Architecture.ARM64: AARCH64}
PYTHON_313 = next(each for each in RUNTIMES if each.version == "3.13")
OVERRIDE_REMARK = (
    f"src/app:fn is for {OTHER.value}. This machine is {HERE.value}, so Pants built the function "
    "for this machine."
)
FOR_OTHER = f'{HANDLER_FIELD}, architecture="{OTHER.value}"'

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the host here is a Linux")


def add_native(repository: TrialRepository, *names: str) -> None:
    """Lock distributions with a wheel of native code for each processor."""
    for name in names:
        for architecture, machine in MACHINES.items():
            repository.add_wheel(
                f"{name}==1.0",
                {f"{name}/__init__.py": "", f"{name}/_x.so": elf_file(machine)},
                tag=f"cp313-cp313-manylinux_2_28_{architecture.machine}",
            )
    repository.lock(*(f"{name}==1.0" for name in names))


def archive(files: Mapping[str, bytes], path: str) -> zipfile.ZipFile:
    return zipfile.ZipFile(BytesIO(files[path]))


def wheels(files: Mapping[str, bytes]) -> list[str]:
    """The distributions and versions of the wheels in a folder."""
    return sorted("-".join(path.split("-")[:2]) for path in files)


CLIENT = ["awslambdaric-4.2.2", "simplejson-4.3.0", "snapshot_restore_py-1.0.0"]


def test_function_for_another_machine(repository: TrialRepository) -> None:
    """The function and its layers are built for this machine, with the same split, and a line says
    so.
    """
    add_native(repository, "own", "shared")
    repository.write(
        function_files(
            f'{FOR_OTHER}, layers=[":deps"]',
            handler=f"import own, shared\n{HANDLER_SOURCE}",
            more='lambda_layer(name="deps", dependencies=["3rdparty/default:shared"], '
            f'architecture="{OTHER.value}")',
        )
    )

    runnable = repository.runnable("fn", "src/app")

    files = repository.read_digest(runnable.digest)
    function, layer = archive(files, "src.app/fn.zip"), archive(files, "src.app/deps.zip")
    assert runnable.override_remark == OVERRIDE_REMARK
    assert runnable.output == "src.app/fn.zip"
    assert function.read("own/_x.so") == elf_file(MACHINES[HERE])
    assert layer.read("python/shared/_x.so") == elf_file(MACHINES[HERE])
    assert "shared/_x.so" not in function.namelist()
    assert function.read("lambda_function.py") == b"from app.api import handler as handler\n"
    assert sorted(files) == [
        "src.app/deps.zip",
        "src.app/deps.zip.metadata.json",
        "src.app/fn.zip",
        "src.app/fn.zip.metadata.json",
    ]
    metadata = json.loads(files["src.app/fn.zip.metadata.json"])
    assert (metadata["runtime"], metadata["architecture"]) == ("python3.13", HERE.value)
    assert metadata["layers"][0]["path"] == "src.app/deps.zip"


def test_override_does_not_change_the_package(repository: TrialRepository) -> None:
    """`package` still builds for the platform of the target."""
    add_native(repository, "own")
    repository.write(function_files(FOR_OTHER, handler=f"import own\n{HANDLER_SOURCE}"))

    repository.runnable("fn", "src/app")
    built = repository.package("fn", "src/app")

    assert built.zip.read("own/_x.so") == elf_file(MACHINES[OTHER])
    assert built.metadata["architecture"] == OTHER.value


def test_layer_for_functions_of_another_machine(repository: TrialRepository) -> None:
    """The variant is chosen for the target, and then built for this machine."""
    add_native(repository, "own")
    both = 'architecture=parametrize("arm64", "x86_64")'
    repository.write(
        function_files(
            f'{HANDLER_FIELD}, layers=[":deps"], {both}',
            handler=f"import own\n{HANDLER_SOURCE}",
            more=f'lambda_layer(name="deps", requirements_of=[":fn"], {both})',
        )
    )
    name = f"deps@architecture={OTHER.value}"

    runnable = repository.runnable("fn", "src/app", architecture=OTHER.value)

    files = repository.read_digest(runnable.digest)
    (layer,) = (path for path in files if "deps" in path and path.endswith(".zip"))
    assert json.loads(files[f"{layer}.metadata.json"])["address"] == f"src/app:{name}"
    assert archive(files, layer).read("python/own/_x.so") == elf_file(MACHINES[HERE])
    assert "own/_x.so" not in archive(files, runnable.output).namelist()


def test_function_for_this_machine(repository: TrialRepository) -> None:
    """The function is the one that `package` builds."""
    add_native(repository, "own")
    fields = f'{HANDLER_FIELD}, architecture="{HERE.value}"'
    repository.write(function_files(fields, handler=f"import own\n{HANDLER_SOURCE}"))

    runnable = repository.runnable("fn", "src/app")

    field_set = LambdaFunctionFieldSet.create(repository.target("fn", "src/app"))
    assert runnable.digest == repository.runner.request(BuiltPackage, [field_set]).digest
    assert runnable.override_remark is None
    assert runnable.python == (3, 13)
    assert runnable.interpreter is None or runnable.interpreter.version[:2] == (3, 13)


@pytest.mark.parametrize("architecture", [HERE, OTHER])
def test_flat_function(repository: TrialRepository, architecture: Architecture) -> None:
    """For `layout="flat"`, `output` is the folder."""
    fields = f'{HANDLER_FIELD}, layout="flat", architecture="{architecture.value}"'
    repository.write(function_files(fields))

    runnable = repository.runnable("fn", "src/app")

    assert runnable.output == "src.app/fn"
    assert sorted(repository.read_digest(runnable.digest)) == [
        "src.app/fn.metadata.json",
        "src.app/fn/app/api.py",
        "src.app/fn/lambda_function.py",
    ]


def test_override_is_not_checked(repository: TrialRepository) -> None:
    """Code that Lambda could not load fails `package`, and does not prevent a local run."""
    repository.write(
        function_files(
            f'{FOR_OTHER}, dependencies=[":lib"]',
            handler=f"import nowhere\n{HANDLER_SOURCE}",
            more='resource(name="lib", source="libx.so")',
        )
        | {"src/app/libx.so": elf_file(MACHINES[HERE])}
    )

    assert repository.package_error("fn", "src/app").startswith("ChecksFailed: ")
    assert repository.runnable("fn", "src/app").override_remark == OVERRIDE_REMARK


def test_native_code_built_for_an_override(repository: TrialRepository) -> None:
    """A build for this machine fits this machine."""
    repository.add_wheel("native==1.0", {"native.py": ""})
    repository.lock("native==1.0")
    repository.replace_with_sdist(
        "native==1.0", {"native.so": ""}, tag=f"cp313-cp313-linux_{HERE.machine}"
    )
    repository.write(function_files(FOR_OTHER, handler=f"import native\n{HANDLER_SOURCE}"))

    runnable = repository.runnable("fn", "src/app")

    files = repository.read_digest(runnable.digest)
    assert "native.so" in archive(files, runnable.output).namelist()


def with_platforms(*architectures: Architecture, handler: str) -> dict[str, str | bytes]:
    """A function with explicit complete platforms."""
    names = [each.value for each in architectures]
    targets = "".join(f'file(name="{each}", source="{each}.json")\n' for each in names)
    fields = f"{HANDLER_FIELD}, complete_platforms={[f':{each}' for each in names]}"
    documents = {
        f"src/app/{each.value}.json": compute_platform(PYTHON_313, each).as_json()
        for each in architectures
    }
    return {**function_files(fields, handler=handler, more=targets), **documents}


@pytest.mark.parametrize(("architecture", "said"), [(HERE, None), (OTHER, OVERRIDE_REMARK)])
def test_complete_platform(
    repository: TrialRepository, architecture: Architecture, said: str | None
) -> None:
    """A complete platform may be that of this machine. Otherwise the runtime of the same Python is
    used.
    """
    add_native(repository, "own")
    repository.write(with_platforms(architecture, handler=f"import own\n{HANDLER_SOURCE}"))

    runnable = repository.runnable("fn", "src/app")

    artifact = archive(repository.read_digest(runnable.digest), runnable.output)
    assert artifact.read("own/_x.so") == elf_file(MACHINES[HERE])
    assert runnable.override_remark == said
    assert runnable.python == (3, 13)


def test_several_complete_platforms(repository: TrialRepository) -> None:
    """If one of them is that of this machine, the wheels are for it."""
    repository.write(with_platforms(OTHER, HERE, handler=HANDLER_SOURCE))

    runnable = repository.runnable("fn", "src/app")

    client, *_ = sorted(repository.read_digest(runnable.runtime_wheels))
    assert client.endswith(f"_{HERE.machine}.whl")
    assert runnable.override_remark is None


@pytest.mark.parametrize(
    ("python", "brought"), [("3.9", []), ("3.10", CLIENT), ("3.13", CLIENT), ("3.14", CLIENT)]
)
@pytest.mark.parametrize("architecture", [HERE, OTHER])
def test_runtime_client(
    repository: TrialRepository, python: str, brought: list[str], architecture: Architecture
) -> None:
    """AWS's client and its dependencies are for this machine, if they have wheels."""
    fields = f'{HANDLER_FIELD}, runtime="python{python}", architecture="{architecture.value}"'
    repository.write(function_files(fields))
    repository.set_options("--python-interpreter-constraints=['CPython>=3.9']")

    runnable = repository.runnable("fn", "src/app")

    found = repository.read_digest(runnable.runtime_wheels)
    assert wheels(found) == brought
    assert all(HERE.machine in name or name.endswith("-none-any.whl") for name in found)
    assert runnable.python == tuple(map(int, python.split(".")))


def test_every_pin_is_exact() -> None:
    """A new release of a package does not change a local run."""
    assert [each.count("==") for each in RUNTIME_CLIENT] == [1, 1, 1]


def test_systems_without_the_client() -> None:
    """The client has no wheels for other systems."""
    mac = CompletePlatform(
        ("cp313-cp313-macosx_11_0_arm64",),
        (("python_version", "3.13"), ("sys_platform", "darwin")),
    )

    assert client_for(mac) == ()


@pytest.fixture
def with_sdk(repository: TrialRepository) -> TrialRepository:
    """A repository that locks an SDK, and `other`, which shares a dependency with it."""
    repository.add_wheel("boto3==1.0", {"boto3.py": ""}, requires="botocore")
    repository.add_wheel("botocore==1.0", {"botocore.py": ""}, requires="jmespath")
    repository.add_wheel("jmespath==1.0", {"jmespath.py": ""})
    repository.add_wheel("other==1.0", {"other.py": ""}, requires="jmespath")
    repository.add_wheel("unused==1.0", {"unused.py": ""})
    repository.lock("boto3==1.0", "botocore==1.0", "jmespath==1.0", "other==1.0", "unused==1.0")
    return repository


@pytest.mark.parametrize("architecture", [HERE, OTHER])
def test_provided_distributions(with_sdk: TrialRepository, architecture: Architecture) -> None:
    """Provided distributions come from the lockfile with their own dependencies, if it has them."""
    with_sdk.write(
        function_files(
            f'{HANDLER_FIELD}, architecture="{architecture.value}", provided=["aws-sdk", "unknown"]',
            handler=f"import boto3\n{HANDLER_SOURCE}",
        )
    )

    runnable = with_sdk.runnable("fn", "src/app")

    assert wheels(with_sdk.read_digest(runnable.runtime_wheels)) == sorted(
        [*CLIENT, "boto3-1.0", "botocore-1.0", "jmespath-1.0"]
    )


def test_provided_and_included_distributions(with_sdk: TrialRepository) -> None:
    """The runtime does not add a distribution that the function contains."""
    with_sdk.write(
        function_files(
            f'{HANDLER_FIELD}, provided=["boto3"]',
            handler=f"import boto3, botocore\n{HANDLER_SOURCE}",
        )
    )

    runnable = with_sdk.runnable("fn", "src/app")

    assert wheels(with_sdk.read_digest(runnable.runtime_wheels)) == sorted([*CLIENT, "boto3-1.0"])


def test_distributions_provided_to_a_layer(with_sdk: TrialRepository) -> None:
    """The `provided` of a layer is available in a local run as well."""
    with_sdk.write(
        function_files(
            f'{HANDLER_FIELD}, layers=[":deps"]',
            more='lambda_layer(name="deps", provided=["botocore"], '
            'dependencies=["3rdparty/default:boto3"])',
        )
    )

    runnable = with_sdk.runnable("fn", "src/app")

    assert wheels(with_sdk.read_digest(runnable.runtime_wheels)) == sorted(
        [*CLIENT, "botocore-1.0", "jmespath-1.0"]
    )


IMPORTING = {"at the top": "import boto3\n", "in a function": "def f():\n    import boto3\n"}


@pytest.mark.parametrize("code", IMPORTING.values(), ids=list(IMPORTING))
def test_sdk_from_the_lockfile(with_sdk: TrialRepository, code: str) -> None:
    """Third-party code that may import the SDK without requiring it finds it."""
    with_sdk.add_wheel("tools==1.0", {"tools.py": code})
    with_sdk.lock("boto3==1.0", "botocore==1.0", "jmespath==1.0", "tools==1.0")
    with_sdk.write(function_files(HANDLER_FIELD, handler=f"import tools\n{HANDLER_SOURCE}"))

    runnable = with_sdk.runnable("fn", "src/app")

    assert wheels(with_sdk.read_digest(runnable.runtime_wheels)) == sorted(
        [*CLIENT, "boto3-1.0", "botocore-1.0", "jmespath-1.0"]
    )


def test_sdk_from_the_package_index(repository: TrialRepository) -> None:
    """If the lockfile has no SDK, pinned versions are used."""
    repository.write(function_files(HANDLER_FIELD, handler=f"import boto3\n{HANDLER_SOURCE}"))

    runnable = repository.runnable("fn", "src/app")

    pinned = [each.replace("==", "-").replace("python-d", "python_d") for each in RUNTIME_SDK]
    assert wheels(repository.read_digest(runnable.runtime_wheels)) == sorted([*CLIENT, *pinned])


def test_lockfile_overrides_pins(repository: TrialRepository) -> None:
    """A provided version in the lockfile replaces a pinned dependency of the client."""
    repository.add_wheel("simplejson==1.0", {"simplejson.py": ""})
    repository.lock("simplejson==1.0")
    repository.write(
        function_files(
            f'{HANDLER_FIELD}, provided=["simplejson"]',
            handler=f"import simplejson\n{HANDLER_SOURCE}",
        )
    )

    runnable = repository.runnable("fn", "src/app")

    assert "simplejson-1.0" in wheels(repository.read_digest(runnable.runtime_wheels))
    assert len(repository.read_digest(runnable.runtime_wheels)) == len(CLIENT)


def test_without_a_package_index(repository: TrialRepository) -> None:
    """The error lists the missing packages and the output of PEX, and tells which options to
    check.
    """
    repository.write(function_files(f'{HANDLER_FIELD}, architecture="{HERE.value}"'))
    repository.set_options("--python-repos-indexes=['http://127.0.0.1:9/simple']")

    with pytest.raises(ExecutionError) as failed:
        repository.runnable("fn", "src/app")

    (fault,) = cast("Sequence[Exception]", failed.value.wrapped_exceptions)
    what, needed, said, fix = str(fault).split("\n\n")
    assert type(fault).__name__ == "RuntimeNotFetched"
    assert what == (
        "The `lambda_function` target src/app:fn cannot run here without the packages that its "
        "runtime brings, and these could not be fetched."
    )
    assert needed == (
        "  needed  awslambdaric==4.2.2 simplejson==4.3.0 snapshot-restore-py==1.0.0\n"
        f"  for     python3.13 on {HERE.value} (glibc 2.34)"
    )
    assert "Connection refused" in said
    assert said.endswith("\n  pip: ERROR: No matching distribution found for awslambdaric==4.2.2")
    assert fix == (
        "To fix, make sure that this machine can reach the package index, or name yours in "
        "`[python-repos]`."
    )


def test_platform_of_an_interpreter(repository: TrialRepository) -> None:
    """The platform is like the computed platforms, for this machine."""
    interpreters = repository.runner.request(Interpreters, [])
    interpreter = interpreters.found[0]

    platform = repository.runner.request(CompletePlatform, [InspectRequest(interpreter)])

    cpython = "cp{}{}".format(*interpreter.version)
    assert Host("linux", HERE).select_runnable([platform]) == (platform,)
    assert platform.python == interpreter.version[:2]
    assert platform.markers["implementation_name"] == "cpython"
    assert f"{cpython}-{cpython}-linux_{HERE.machine}" in platform.compatible_tags
    assert platform.glibc is not None
