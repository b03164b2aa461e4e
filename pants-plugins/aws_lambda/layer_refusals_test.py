"""Errors about layers, with the whole message."""

from __future__ import annotations

from textwrap import dedent

from aws_lambda.artifact.platforms.platform import compute_platform
from aws_lambda.artifact.platforms.runtimes import RUNTIMES, Architecture
from aws_lambda.testing.app_files import HANDLER_FIELD, HANDLER_SOURCE, function_files
from aws_lambda.testing.elf import X86_64, elf_file
from aws_lambda.testing.messages import dedent_message
from aws_lambda.testing.repository import TrialRepository

OF_ANOTHER_MACHINE = dedent("""
    LayerDoesNotFit: The `lambda_function` target src/app:fn attaches layers that are built for another platform.

      src/app:fn     python3.13  arm64
      src/app:layer  python3.13  x86_64

    Lambda loads a layer's files as they are. Native code for another architecture cannot be imported, and other versions of Python need other wheels.

    To fix, give both the same `runtime` and `architecture`, or `parametrize` both in the same way.
    """).strip()


def app_files(fields: str, more: str = "", handler: str = "") -> dict[str, str | bytes]:
    """A package `app` with one module, a function for it, and more targets."""
    return function_files(
        f"{HANDLER_FIELD}, {fields}", handler=f"{handler}{HANDLER_SOURCE}", more=more
    )


def acme() -> dict[str, str | bytes]:
    """A company package with a function in one part and a layer with another part."""
    return {
        "src/acme/__init__.py": "",
        "src/acme/BUILD": "python_sources()",
        "src/acme/shared/__init__.py": "",
        "src/acme/shared/money.py": "",
        "src/acme/shared/BUILD": "python_sources()\n"
        'lambda_layer(name="layer", dependencies=[":shared"])',
        "src/acme/orders/__init__.py": "",
        "src/acme/orders/api.py": f"from acme.shared import money\n{HANDLER_SOURCE}",
        "src/acme/orders/BUILD": "python_sources()\n"
        'lambda_function(name="fn", handler="api.py:handler", layers=["src/acme/shared:layer"])',
    }


def test_layer_that_is_another_target(repository: TrialRepository) -> None:
    """Layers are addresses of `lambda_layer` targets."""
    repository.write(app_files('layers=[":app", ":missing"]'))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        UnknownLayer: The `layers` of the `lambda_function` target src/app:fn cannot be found.

          :app      a python_sources, not a lambda_layer
          :missing  no target

        To fix, name a `lambda_layer` target, by its whole address if it is parametrized, or an ARN.
        """)


def test_no_compatible_variant(repository: TrialRepository) -> None:
    """A parametrized layer has no variant for the architecture of the function."""
    repository.write(
        app_files(
            'layers=[":deps"], architecture="arm64"',
            'lambda_layer(name="deps", dependencies=[":app"], runtime=parametrize("python3.12", "python3.13"))',
        )
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        UnknownLayer: The `layers` of the `lambda_function` target src/app:fn cannot be found.

          :deps  none fits: src/app:deps@runtime=python3.12, src/app:deps@runtime=python3.13

        To fix, name a `lambda_layer` target, by its whole address if it is parametrized, or an ARN.
        """)


def test_six_layers(repository: TrialRepository) -> None:
    """AWS accepts five layers, including ARNs."""
    repository.write(
        app_files(f'layers={[f"arn:aws:lambda:eu-west-1:1:layer:l:{n}" for n in range(6)]}')
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        TooManyLayers: The `lambda_function` target src/app:fn attaches 6 layers, and AWS accepts 5.

          arn:aws:lambda:eu-west-1:1:layer:l:0
          arn:aws:lambda:eu-west-1:1:layer:l:1
          arn:aws:lambda:eu-west-1:1:layer:l:2
          arn:aws:lambda:eu-west-1:1:layer:l:3
          arn:aws:lambda:eu-west-1:1:layer:l:4
          arn:aws:lambda:eu-west-1:1:layer:l:5

        To fix, merge some of them.
        """)


def test_cycle_of_layers(repository: TrialRepository) -> None:
    """Layers must not attach each other."""
    repository.write(
        app_files(
            'layers=[":one"]',
            'lambda_layer(name="one", dependencies=[":app"], layers=[":two"])\n'
            'lambda_layer(name="two", dependencies=[":app"], layers=[":one"])',
        )
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        LayerCycle: The layers of src/app:fn attach each other in a cycle.

          src/app:one -> src/app:two -> src/app:one

        To fix, remove one of them from `layers`.
        """)


def test_requirements_of_an_unknown_function(repository: TrialRepository) -> None:
    """`requirements_of` names functions."""
    repository.write(app_files("", 'lambda_layer(name="deps", requirements_of=[":app"])'))

    assert repository.package_error("deps", "src/app") == dedent_message("""
        UnknownFunction: The `requirements_of` of the `lambda_layer` target src/app:deps cannot be found.

          :app

        To fix, name `lambda_function` targets, or those of a folder: `"src/orders::"`.
        """)


def test_requirements_of_globs_without_a_match(repository: TrialRepository) -> None:
    """A glob must match a function, and `attached` needs a function that attaches the layer."""
    repository.write(
        app_files(
            "", 'lambda_layer(name="deps", requirements_of=["src/none::", ":x-*", "attached"])'
        )
    )

    assert repository.package_error("deps", "src/app") == dedent_message("""
        UnknownFunction: The `requirements_of` of the `lambda_layer` target src/app:deps cannot be found.

          src/none::  matches no lambda_function
          :x-*        matches no lambda_function
          attached    no lambda_function attaches this layer with `layers`

        To fix, name `lambda_function` targets, or those of a folder: `"src/orders::"`.
        """)


def test_requirements_of_functions_for_different_machines(repository: TrialRepository) -> None:
    """The functions of a layer have one platform."""
    repository.write(
        app_files(
            'architecture=parametrize("arm64", "x86_64")',
            'lambda_layer(name="deps", requirements_of=[":fn"])',
        )
    )

    assert repository.package_error("deps", "src/app") == dedent_message("""
        FunctionsDisagree: The functions in `requirements_of` of the `lambda_layer` target src/app:deps have different platforms.

          src/app:fn@architecture=arm64   python3.13 on arm64 (glibc 2.34)
          src/app:fn@architecture=x86_64  python3.13 on x86_64 (glibc 2.34)

        To fix, parametrize the layer in the same way as the functions, for example `architecture=parametrize("arm64", "x86_64")`, or declare a layer for each platform.
        """)


def test_requirements_of_different_complete_platforms(
    repository: TrialRepository,
) -> None:
    """Complete platforms are compared by content, not by name."""
    documents = {
        f"src/app/{each.name}.json": compute_platform(each, Architecture.X86_64).as_json()
        for each in RUNTIMES
        if each.name in ("python3.12", "python3.13")
    }
    repository.write(
        app_files(
            'complete_platforms=[":python3.13"]',
            'file(name="python3.12", source="python3.12.json")\n'
            'file(name="python3.13", source="python3.13.json")\n'
            'lambda_function(name="old", handler="api.py:handler", '
            'complete_platforms=[":python3.12"])\n'
            'lambda_layer(name="deps", requirements_of=[":fn", ":old"])',
        )
        | documents
    )

    assert repository.package_error("deps", "src/app") == dedent_message("""
        FunctionsDisagree: The functions in `requirements_of` of the `lambda_layer` target src/app:deps have different platforms.

          src/app:fn   explicit `complete_platforms`: python3.13, x86_64, glibc 2.34
          src/app:old  explicit `complete_platforms`: python3.12, x86_64, glibc 2.34

        To fix, parametrize the layer in the same way as the functions, for example `architecture=parametrize("arm64", "x86_64")`, or declare a layer for each platform.
        """)


def test_layer_for_another_python(repository: TrialRepository) -> None:
    """A layer has the Python version of the function."""
    repository.write(
        {
            **app_files('layers=["src/lib:layer"]'),
            "src/lib/words.py": "",
            "src/lib/BUILD": "python_sources(interpreter_constraints=['==3.12.*'])\n"
            'lambda_layer(name="layer", dependencies=[":lib"])',
        }
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        LayerDoesNotFit: The `lambda_function` target src/app:fn attaches layers that are built for another platform.

          src/app:fn     python3.13  x86_64
          src/lib:layer  python3.12  x86_64

        Lambda loads a layer's files as they are. Native code for another architecture cannot be imported, and other versions of Python need other wheels.

        To fix, give both the same `runtime` and `architecture`, or `parametrize` both in the same way.
        """)


def test_native_layer_for_another_machine(repository: TrialRepository) -> None:
    """A layer with native code has the architecture of the function."""
    repository.write(
        {
            **app_files(
                'layers=[":layer"], architecture="arm64"',
                'resource(name="so", source="x.so")\n'
                'lambda_layer(name="layer", dependencies=[":so"], architecture="x86_64")',
            ),
            "src/app/x.so": elf_file(X86_64),
        }
    )

    assert repository.package_error("fn", "src/app") == OF_ANOTHER_MACHINE


def test_layer_with_a_program_for_another_machine(repository: TrialRepository) -> None:
    """Native code is detected by content, not by name."""
    repository.write(
        app_files(
            'layers=[":layer"], architecture="arm64"',
            'resource(name="program", source="tool")\n'
            'lambda_layer(name="layer", extra_files={"bin/tool": ":program"}, '
            'architecture="x86_64")',
        )
        | {"src/app/tool": elf_file(X86_64)}
    )
    repository.runner.chmod("src/app/tool", 0o755)

    assert repository.package_error("fn", "src/app") == OF_ANOTHER_MACHINE

    repository.write({"src/app/tool": "#!/bin/sh\n"})
    repository.runner.chmod("src/app/tool", 0o755)

    assert repository.package("fn", "src/app").metadata["architecture"] == "arm64"


def test_layer_with_a_wheel_s_program(repository: TrialRepository) -> None:
    """A layer contains those programs of wheels that it lists in `scripts`."""
    repository.add_wheel(
        "tool==1.0", {"tool.py": "", "tool-1.0.data/scripts/tool": elf_file(X86_64)}
    )
    repository.lock("tool==1.0")
    layer = (
        'lambda_layer(name="layer", dependencies=["3rdparty/default:tool"], '
        'architecture="x86_64", {})'
    )
    fields = 'layers=[":layer"], architecture="arm64"'
    repository.write(app_files(fields, layer.format('scripts=["tool"]')))

    assert repository.package_error("fn", "src/app") == OF_ANOTHER_MACHINE

    repository.write(app_files(fields, layer.format("")))

    assert repository.package("fn", "src/app").metadata["architecture"] == "arm64"


def test_layer_without_its_own_layers(repository: TrialRepository) -> None:
    """A function attaches the layers of its layers before them. ARNs keep their positions."""
    arn = "arn:aws:lambda:eu-west-1:1:layer:other:1"
    repository.add_wheel("alpha==1.0", {"alpha.py": ""})
    repository.lock("alpha==1.0")
    repository.write(
        app_files(
            f'layers=["{arn}", ":top"]',
            'lambda_layer(name="base", dependencies=["3rdparty/default:alpha"])\n'
            'lambda_layer(name="top", dependencies=[":words"], layers=[":base"])\n'
            'resource(name="words", source="words.txt")',
        )
        | {"src/app/words.txt": ""}
    )

    assert repository.package_error("fn", "src/app") == dedent_message(f"""
        LayerMissing: The `lambda_function` target src/app:fn attaches layers without the layers that they require, or before them.

          src/app:top  requires src/app:base

        A layer does not contain the files of the layers in its own `layers`.

        To fix, set `layers=["{arn}", "src/app:base", "src/app:top"]`.
        """)


def test_two_versions_of_a_distribution(repository: TrialRepository) -> None:
    """A function and all its layers have one version of each distribution."""
    repository.add_wheel("alpha==1.0", {"alpha.py": ""})
    repository.lock("alpha==1.0")
    repository.lock("alpha==1.0", resolve="other")
    repository.add_wheel("alpha==2.0", {"alpha.py": ""})
    repository.lock("alpha==2.0", resolve="other")
    repository.set_options("--python-resolves={'default': 'default.lock', 'other': 'other.lock'}")
    repository.write(
        app_files(
            'layers=[":deps"], dependencies=["3rdparty/default:alpha"]',
            'lambda_layer(name="deps", resolve="other", dependencies=["3rdparty/other:alpha"])',
        )
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        VersionsDisagree: The `lambda_function` target src/app:fn and its layers contain different versions of distributions.

          alpha  1.0  src/app:fn
          alpha  2.0  src/app:deps

        Python imports the first version that it finds, in all code.

        To fix, lock one version: give all of these targets the same `resolve`.
        """)


def test_layers_that_overwrite_each_other(repository: TrialRepository) -> None:
    """Lambda unpacks all layers into one folder."""
    repository.write(
        app_files(
            'layers=[":one", ":two"]',
            "".join(
                f'resource(name="{n}-text", source="{n}.txt")\n'
                f'lambda_layer(name="{n}", extra_files={{"conf.txt": ":{n}-text"}})\n'
                for n in ("one", "two")
            ),
        )
        | {"src/app/one.txt": "1", "src/app/two.txt": "2"}
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        ArtifactsCollide: The `lambda_function` target src/app:fn and its layers contain different files at the same paths.

          conf.txt
            src/app/two.txt (extra file)  in src/app:two  d4735e3a265e
            src/app/one.txt (extra file)  in src/app:one  6b86b273ff34

        The first file of each path hides the others: a function hides its layers, and a later layer hides an earlier one.

        To fix, put these files into one artifact. If the first file is right, confirm it on the function:

          collisions={
              "conf.txt": "first",
          },
        """)


def test_regular_package_in_two_artifacts(repository: TrialRepository) -> None:
    """A package with an `__init__.py` is in one folder."""
    repository.write(acme())

    assert repository.package_error("fn", "src/acme/orders") == dedent_message("""
        PackageIsSplit: A regular package is partly in the `lambda_function` target src/acme/orders:fn and partly in its layers: acme.

          src/acme/__init__.py         src/acme/shared:layer
          src/acme/orders/__init__.py  src/acme/orders:fn
          src/acme/orders/api.py       src/acme/orders:fn
          src/acme/shared/__init__.py  src/acme/shared:layer
          src/acme/shared/money.py     src/acme/shared:layer

        Python imports such a package from one folder and does not find the rest.

        To fix, choose one of these:

          put all of it into the layer: `dependencies=["src/acme", "src/acme/orders", "src/acme/shared"]` on src/acme/shared:layer
          delete the empty src/acme/__init__.py
          set `namespace_packages = ["acme"]` in `[aws-lambda]` of pants.toml
        """)


def test_strict_mode_with_uncovered_requirements(repository: TrialRepository) -> None:
    """A function without third-party code needs layers or `provided` for all of it."""
    repository.add_wheel("alpha==1.0", {"alpha.py": ""}, requires="beta")
    repository.add_wheel("beta==1.0", {"beta.py": ""})
    repository.lock("alpha==1.0", "beta==1.0")
    repository.write(
        app_files(
            'layers=[":deps"], include_requirements=False',
            'lambda_layer(name="deps", dependencies=["3rdparty/default:beta"])',
            "import alpha\n",
        )
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        NotCovered: The `lambda_function` target src/app:fn contains no third-party code, and its layers lack distributions.

          alpha  1.0  needed by the code

        Neither a layer nor `provided` contains these.

        To fix, attach a layer that contains them, add them to `provided`, or remove `include_requirements=False`.
        """)


def test_strict_mode_suggests_layers(repository: TrialRepository) -> None:
    """If layers of the repository cover the missing distributions, the message lists them."""
    repository.add_wheel("alpha==1.0", {"alpha.py": ""}, requires="beta")
    repository.add_wheel("beta==1.0", {"beta.py": ""})
    repository.lock("alpha==1.0", "beta==1.0")
    repository.write(
        app_files(
            'layers=[":deps"], include_requirements=False',
            'lambda_layer(name="deps", dependencies=["3rdparty/default:beta"])\n'
            'lambda_layer(name="more", requirements_of=[":fn"])',
            "import alpha\n",
        )
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        NotCovered: The `lambda_function` target src/app:fn contains no third-party code, and its layers lack distributions.

          alpha  1.0  needed by the code

        Neither a layer nor `provided` contains these.

        To fix, set `layers=["src/app:deps", "src/app:more"]`.
        """)


def test_urllib3_for_the_runtime_s_botocore(repository: TrialRepository) -> None:
    """urllib3 2 breaks the SDK of an old runtime."""
    repository.add_wheel("botocore==1.0", {"botocore.py": ""}, requires="urllib3")
    repository.add_wheel("urllib3==2.1", {"urllib3.py": ""})
    repository.lock("botocore==1.0", "urllib3==2.1")
    repository.set_options("--python-interpreter-constraints=['CPython==3.10.*']")
    repository.write(app_files('provided=["aws-sdk"]', handler="import botocore, urllib3\n"))

    assert repository.package_error("fn", "src/app") == dedent_message("""
        SdkTorn: The `lambda_function` target src/app:fn contains a urllib3 that the runtime's botocore cannot use.

          distribution  urllib3 2.1
          runtime       python3.10, whose botocore needs urllib3 1

        Importing boto3 would fail: cannot import name 'DEFAULT_CIPHERS'.

        To fix, remove the SDK from `provided`, lock `urllib3<2`, or use python3.12 or newer.
        """)


def test_unzipped_size_limit(repository: TrialRepository) -> None:
    """A function and its layers have at most 250 MiB unzipped."""
    for name in ("large", "larger"):
        filler = "".join(f"{n:06} {'x' * 4000}\\n" for n in range(33_000 + len(name)))
        repository.add_wheel(f"{name}==1.0", {f"{name}.txt": filler, f"{name}.py": ""})
    repository.lock("large==1.0", "larger==1.0")
    repository.write(
        app_files(
            'layers=[":deps"], dependencies=["3rdparty/default:large"]',
            'lambda_layer(name="deps", dependencies=["3rdparty/default:larger"])',
        )
    )

    assert repository.package_error("fn", "src/app") == dedent_message("""
        TooBig: The `lambda_function` target src/app:fn has 264,639,052 bytes unzipped with its layers, and AWS accepts 262,144,000.

          126.2 MiB  larger 1.0  src/app:deps
          126.2 MiB  large 1.0   src/app:fn

        These are its largest distributions. Moving them into a layer saves nothing.

        To fix, leave some out (`exclude=["tests"]`, `dependencies=["!!…"]`, `provided=["aws-sdk"]`), split the function, or deploy it as a container image.
        """)
