"""Functions and their layers: each file is in exactly one of them."""

from __future__ import annotations

import pytest

from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.platforms.platform import compute_platform
from aws_lambda.artifact.platforms.runtimes import RUNTIMES, Architecture, find_runtime
from aws_lambda.testing.app_files import HANDLER_SOURCE
from aws_lambda.testing.elf import X86_64, elf_file
from aws_lambda.testing.repository import TrialRepository

ROOT_NEEDS = "import alpha\n" + HANDLER_SOURCE

PYTHON313 = find_runtime("python3.13", RUNTIMES, where=Where("lambda_function", "a:b"))


@pytest.fixture
def locked(repository: TrialRepository) -> TrialRepository:
    """A repository that locks `alpha`, which requires `beta`, and `gamma`."""
    repository.add_wheel("alpha==1.0", {"alpha.py": ""}, requires="beta")
    repository.add_wheel("beta==1.0", {"beta.py": ""})
    repository.add_wheel("gamma==1.0", {"gamma.py": ""})
    repository.lock("alpha==1.0", "beta==1.0", "gamma==1.0")
    return repository


def app_files(build: str, handler: str = ROOT_NEEDS) -> dict[str, str | bytes]:
    return {"src/app/api.py": handler, "src/app/BUILD": f"python_sources()\n{build}"}


FUNCTION = 'lambda_function(name="fn", handler="api.py:handler", layers=[":deps"])\n'


def test_function_without_its_layer_s_distributions(locked: TrialRepository) -> None:
    """Third-party code is subtracted by distribution, with the dependencies in the layer."""
    locked.write(
        app_files(FUNCTION + 'lambda_layer(name="deps", dependencies=["3rdparty/default:alpha"])')
    )

    built = locked.package("fn", "src/app")

    assert built.zip.namelist() == ["app/api.py", "lambda_function.py"]
    assert built.metadata["distributions"] == []
    assert built.metadata["from_layers"] == [
        {"name": "alpha", "version": "1.0", "layer": "src/app:deps"},
        {"name": "beta", "version": "1.0", "layer": "src/app:deps"},
    ]


@pytest.mark.parametrize(
    "entries", ['":fn", ":other"', '"src/app:"', '"//src::"', '":*"', '"attached"', '":fn", ":o*"']
)
def test_layer_for_requirements_of_functions(locked: TrialRepository, entries: str) -> None:
    """`requirements_of` takes its requirements from functions, even if these attach the layer. They
    are named one by one, by globs, or as all that attach the layer.
    """
    locked.write(
        {
            **app_files(
                FUNCTION
                + 'lambda_function(name="other", handler="more.py:handler", layers=[":deps"])\n'
                + f'lambda_layer(name="deps", requirements_of=[{entries}])'
            ),
            "src/app/more.py": "import gamma\n" + HANDLER_SOURCE,
        }
    )

    built = locked.package("fn", "src/app")

    assert built.code == ["app/api.py", "lambda_function.py"]
    layer = built.zip_at("src.app/deps.zip")
    assert [path for path in layer.namelist() if path.endswith(".py")] == [
        "python/alpha.py",
        "python/beta.py",
        "python/gamma.py",
    ]


def test_first_party_layers(locked: TrialRepository) -> None:
    """Shared code in a layer is subtracted by path and content. Its requirements are in the
    function.
    """
    locked.write(
        {
            **app_files(
                'lambda_function(name="fn", handler="api.py:handler", layers=["src/shared:layer"])',
                "from shared import words\n" + HANDLER_SOURCE,
            ),
            "src/shared/words.py": "import alpha\n",
            "src/shared/BUILD": "python_sources()\n"
            'lambda_layer(name="layer", dependencies=[":shared"], include_requirements=False)',
        }
    )

    built = locked.package("fn", "src/app")

    assert built.code == ["alpha.py", "app/api.py", "beta.py", "lambda_function.py"]
    assert built.zip_at("src.shared/layer.zip").namelist() == ["python/shared/words.py"]


def test_layers_of_layers(locked: TrialRepository) -> None:
    """The contents of the layers that a layer attaches are subtracted from it."""
    locked.write(
        app_files(
            'lambda_function(name="fn", handler="api.py:handler", layers=[":base", ":top"])\n'
            'lambda_layer(name="base", dependencies=["3rdparty/default:beta"])\n'
            'lambda_layer(name="top", dependencies=["3rdparty/default:alpha"], layers=[":base"])'
        )
    )

    built = locked.package("fn", "src/app")

    assert built.code == ["app/api.py", "lambda_function.py"]
    assert "python/beta.py" not in built.zip_at("src.app/top.zip").namelist()
    assert "python/beta.py" in built.zip_at("src.app/base.zip").namelist()


def test_function_without_layers_contains_everything(locked: TrialRepository) -> None:
    """Without its layer, a function contains the same files itself, byte for byte."""
    locked.write(
        app_files(
            FUNCTION + 'lambda_function(name="whole", handler="api.py:handler")\n'
            'lambda_layer(name="deps", requirements_of=[":fn"])'
        )
    )

    split, whole = (locked.package(name, "src/app") for name in ("fn", "whole"))

    layer = split.zip_at("src.app/deps.zip")
    mounted = {
        **{path[len("python/") :]: layer.read(path) for path in layer.namelist()},
        **{path: split.zip.read(path) for path in split.zip.namelist()},
    }
    assert mounted == {path: whole.zip.read(path) for path in whole.zip.namelist()}


def test_metadata_refers_to_layers(locked: TrialRepository) -> None:
    """The metadata lists layers in AWS's order, including ARNs, with names, hashes and paths."""
    arn = "arn:aws:lambda:eu-west-1:123456789012:layer:other:7"
    locked.write(
        app_files(
            f'lambda_function(name="fn", handler="api.py:handler", layers=["{arn}", ":deps"])\n'
            'lambda_layer(name="deps", requirements_of=[":fn"], layer_name="orders-deps")'
        )
    )

    built = locked.package("fn", "src/app")
    layer = locked.package("deps", "src/app")

    assert built.metadata["layers"] == [
        {"arn": arn},
        {
            "address": "src/app:deps",
            "layer_name": "orders-deps",
            "code_sha256": layer.metadata["code_sha256"],
            "content_sha256": layer.metadata["content_sha256"],
            "path": "src.app/deps.zip",
        },
    ]
    assert built.files["src.app/deps.zip"] == layer.files["src.app/deps.zip"]
    unzipped = built.metadata["unzipped_bytes"], layer.metadata["unzipped_bytes"]
    assert built.metadata["total_unzipped_bytes"] == sum(unzipped)
    assert f"    Layers: {arn}, src/app:deps" in built.lines
    size = next(line for line in built.lines if "Size" in line)
    assert size.endswith("833 B of 250 MiB with its layers")


def test_new_version_in_a_layer(repository: TrialRepository) -> None:
    """A new version of a distribution changes the hash of the layer, and not of the function."""
    hashes = []
    for version in ("1.0", "2.0"):
        repository.reset()
        repository.add_wheel(f"alpha=={version}", {"alpha.py": f"VERSION = {version}"})
        repository.lock(f"alpha=={version}")
        repository.write(app_files(FUNCTION + 'lambda_layer(name="deps", requirements_of=[":fn"])'))
        metadata = repository.package("fn", "src/app").metadata
        hashes.append((metadata["code_sha256"], metadata["layers"][0]["code_sha256"]))

    (function, layer), (function_after, layer_after) = hashes
    assert function == function_after
    assert layer != layer_after


def test_provided_distributions(locked: TrialRepository) -> None:
    """Provided distributions are left out with the dependencies that only they need, and are
    listed.
    """
    locked.write(
        app_files(
            'lambda_function(name="fn", handler="api.py:handler", provided=["Alpha", "unlocked"])',
            "import alpha, gamma\n" + HANDLER_SOURCE,
        )
    )

    built = locked.package("fn", "src/app")

    assert built.code == ["app/api.py", "gamma.py", "lambda_function.py"]
    assert built.metadata["provided"] == [
        {"name": "alpha", "version": "1.0"},
        {"name": "beta", "version": "1.0"},
        {"name": "unlocked", "version": None},
    ]


def test_shared_dependency_of_a_provided_distribution(locked: TrialRepository) -> None:
    """A dependency of a provided distribution stays if another distribution needs it."""
    locked.write(
        app_files(
            'lambda_function(name="fn", handler="api.py:handler", provided=["alpha"])',
            "import alpha, beta\n" + HANDLER_SOURCE,
        )
    )

    built = locked.package("fn", "src/app")

    assert built.code == ["app/api.py", "beta.py", "lambda_function.py"]


def test_aws_sdk_as_provided(repository: TrialRepository) -> None:
    """`aws-sdk` is the locked family: boto3 and the dependencies that only the SDK needs."""
    repository.add_wheel("boto3==1.0", {"boto3.py": ""}, requires="botocore")
    repository.add_wheel("botocore==1.0", {"botocore.py": ""}, requires="jmespath")
    repository.add_wheel("jmespath==1.0", {"jmespath.py": ""})
    repository.lock("boto3==1.0", "botocore==1.0", "jmespath==1.0")
    repository.write(
        app_files(
            'lambda_function(name="fn", handler="api.py:handler")',
            "import boto3\n" + HANDLER_SOURCE,
        )
    )
    repository.set_options("--aws-lambda-provided=['aws-sdk']")

    built = repository.package("fn", "src/app")

    assert built.code == ["app/api.py", "lambda_function.py"]
    assert [each["name"] for each in built.metadata["provided"]] == [
        "boto3",
        "botocore",
        "jmespath",
    ]


@pytest.mark.parametrize("entry", [":fn", ":f*", "attached"])
def test_variants_of_layers_and_functions(locked: TrialRepository, entry: str) -> None:
    """The address of a parametrized layer without parameters names the variant that fits the
    function, and the other way round.
    """
    both = 'architecture=parametrize("arm64", "x86_64")'
    locked.write(
        app_files(
            f'lambda_function(name="fn", handler="api.py:handler", layers=[":deps"], {both})\n'
            f'lambda_layer(name="deps", requirements_of=["{entry}"], {both})'
        )
    )

    layers = [
        locked.package("fn", "src/app", architecture=each).metadata["layers"][0]["address"]
        for each in ("arm64", "x86_64")
    ]

    assert layers == [
        "src/app:deps@architecture=arm64",
        "src/app:deps@architecture=x86_64",
    ]


@pytest.mark.parametrize(
    ("options", "constraints", "fields", "runtime"),
    [
        (["--aws-lambda-default-runtime=python3.12"], ">=3.12", "", "python3.12"),
        (["--aws-lambda-default-runtime=python3.12"], "==3.13.*", "", "python3.13"),
        ([], "==3.12.*", "", "python3.12"),
        ([], ">=3.12", 'complete_platforms=[":platform"], ', "python3.13"),
    ],
)
def test_variant_for_an_inferred_runtime(
    locked: TrialRepository, options: list[str], constraints: str, fields: str, runtime: str
) -> None:
    """The variant fits the runtime of the function, whether it is set or inferred."""
    locked.write(
        app_files(
            'file(name="platform", source="p.json")\n'
            f'lambda_function(name="fn", handler="api.py:handler", {fields}layers=[":top"])\n'
            'lambda_layer(name="top", requirements_of=[":fn"], '
            'runtime=parametrize("python3.12", "python3.13"))'
        )
        | {
            "src/app/p.json": compute_platform(PYTHON313, Architecture.X86_64).as_json(),
            "src/BUILD": "__defaults__(all=dict(interpreter_constraints=['CPython"
            f"{constraints}']), ignore_unknown_fields=True)",
        }
    )
    locked.set_options(*options)

    assert f"src/app:top@runtime={runtime}" in locked.dependencies("fn", "src/app")


def test_variant_for_a_complete_platform(locked: TrialRepository) -> None:
    """A complete platform determines the architecture, whatever the option says."""
    locked.write(
        app_files(
            'file(name="platform", source="p.json")\n'
            'lambda_function(name="fn", handler="api.py:handler", layers=[":deps"], '
            'complete_platforms=[":platform"])\n'
            'lambda_layer(name="deps", dependencies=["3rdparty/default:beta"], '
            'architecture=parametrize("arm64", "x86_64"))'
        )
        | {"src/app/p.json": compute_platform(PYTHON313, Architecture.ARM64).as_json()}
    )

    assert "src/app:deps@architecture=arm64" in locked.dependencies("fn", "src/app")


def test_attached_names_one_layer(locked: TrialRepository) -> None:
    """`"attached"` selects functions of this layer, and not of another in the same folder or an
    ARN.
    """
    arn = "arn:aws:lambda:eu-west-1:123456789012:layer:x:1"
    locked.write(
        app_files(
            f'lambda_function(name="fn", handler="api.py:handler", layers=["{arn}", ":deps"])\n'
            'lambda_function(name="other", handler="more.py:handler", layers=[":rest"])\n'
            'lambda_layer(name="deps", requirements_of=["attached"])\n'
            'lambda_layer(name="rest", dependencies=["3rdparty/default:gamma"])'
        )
        | {"src/app/more.py": HANDLER_SOURCE}
    )

    assert locked.dependencies("deps", "src/app") == ["src/app/api.py"]


def test_attached_variants_with_inferred_runtime(locked: TrialRepository) -> None:
    """Functions choose a variant of a layer that takes its functions from them, without a cycle."""
    locked.write(
        app_files(
            'lambda_function(name="fn", handler="api.py:handler", layers=[":base", ":top"])\n'
            'lambda_layer(name="top", requirements_of=["attached"], layers=[":base"])\n'
            'lambda_layer(name="base", dependencies=["3rdparty/default:beta"], '
            'runtime=parametrize("python3.12", "python3.13"))'
        )
    )

    base = "src/app:base@runtime=python3.13"
    assert locked.dependencies("fn", "src/app") == ["src/app/api.py", base, "src/app:top"]
    assert locked.dependencies("top", "src/app") == ["src/app/api.py", base]
    assert locked.package("top", "src/app").code == ["python/alpha.py"]


def test_variants_for_a_layer_of_functions(locked: TrialRepository) -> None:
    """A layer for functions has their runtime, and so have the layers that it attaches."""
    versions = 'runtime=parametrize("python3.12", "python3.13")'
    locked.write(
        app_files(
            'lambda_function(name="fn", handler="api.py:handler", runtime="python3.13")\n'
            'lambda_layer(name="top", requirements_of=[":fn"], layers=[":base"])\n'
            f'lambda_layer(name="base", dependencies=["3rdparty/default:beta"], {versions})'
        )
    )
    locked.set_options("--aws-lambda-default-runtime=python3.12")

    assert "src/app:base@runtime=python3.13" in locked.dependencies("top", "src/app")


def test_inferred_dependencies(locked: TrialRepository) -> None:
    """A function depends on its layers. A layer depends on the code of functions, and never on
    functions.
    """
    locked.write(app_files(FUNCTION + 'lambda_layer(name="deps", requirements_of=[":fn"])'))

    assert locked.dependencies("fn", "src/app") == ["src/app/api.py", "src/app:deps"]
    assert locked.dependencies("deps", "src/app") == ["src/app/api.py"]


def test_namespace_in_several_artifacts(repository: TrialRepository) -> None:
    """`namespace_packages` removes each `__init__.py` that would bind the package to one folder."""
    repository.write(
        {
            "src/acme/__init__.py": "# The company.\n",
            "src/acme/BUILD": "python_sources()",
            "src/acme/shared/__init__.py": "",
            "src/acme/shared/BUILD": "python_sources()\n"
            'lambda_layer(name="layer", dependencies=[":shared"])',
            "src/acme/orders/__init__.py": "",
            "src/acme/orders/api.py": f"from acme import shared\n{HANDLER_SOURCE}",
            "src/acme/orders/BUILD": "python_sources()\nlambda_function("
            'name="fn", handler="api.py:handler", layers=["src/acme/shared:layer"])',
        }
    )
    repository.set_options("--aws-lambda-namespace-packages=['acme']")

    built = repository.package("fn", "src/acme/orders")

    assert built.code == [
        "acme/orders/__init__.py",
        "acme/orders/api.py",
        "lambda_function.py",
    ]
    assert built.zip_at("src.acme.shared/layer.zip").namelist() == [
        "python/acme/shared/__init__.py"
    ]


def test_pkgutil_namespaces(repository: TrialRepository) -> None:
    """Packages that extend their path, as `pkgutil` does, may be split."""
    extend = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
    for name in ("one", "two"):
        repository.add_wheel(f"{name}==1.0", {"ns/__init__.py": extend, f"ns/{name}.py": ""})
    repository.lock("one==1.0", "two==1.0")
    repository.write(
        app_files(
            FUNCTION[:-2] + ', dependencies=["3rdparty/default:one", "3rdparty/default:two"])\n'
            'lambda_layer(name="deps", dependencies=["3rdparty/default:one"])',
            HANDLER_SOURCE,
        )
    )

    built = repository.package("fn", "src/app")

    assert built.code == ["app/api.py", "lambda_function.py", "ns/__init__.py", "ns/two.py"]


def test_top_level_tests_in_several_artifacts(repository: TrialRepository) -> None:
    """Wheels with a top-level package `tests` do not prevent a layer from being attached."""
    for name in ("one", "two"):
        tests = {"tests/__init__.py": f"# {name}", f"tests/test_{name}.py": ""}
        repository.add_wheel(f"{name}==1.0", {f"{name}.py": "", **tests})
    repository.lock("one==1.0", "two==1.0")
    repository.write(
        app_files(
            FUNCTION + 'lambda_layer(name="deps", dependencies=["3rdparty/default:one"])',
            f"import one, two\n{HANDLER_SOURCE}",
        )
    )

    built = repository.package("fn", "src/app")

    assert [path for path in built.code if "tests" in path] == [
        "tests/__init__.py",
        "tests/test_two.py",
    ]


@pytest.mark.parametrize(
    ("of_function", "of_layer"),
    [("", 'requirements_of=[":fn"]'), ('exclude=["shared/**"]', "")],
)
def test_fixes_for_a_split_package(
    repository: TrialRepository, of_function: str, of_layer: str
) -> None:
    """Each fix that the error offers for a package of several distributions works."""
    for name in ("one", "two"):
        repository.add_wheel(
            f"{name}==1.0", {f"{name}.py": "", "shared/__init__.py": "", f"shared/{name}.py": ""}
        )
    repository.lock("one==1.0", "two==1.0")
    of_app = (FUNCTION[:-2], 'lambda_layer(name="deps", dependencies=["3rdparty/default:one"]')
    repository.write(app_files("{})\n{})".format(*of_app), f"import one, two\n{HANDLER_SOURCE}"))
    assert repository.package_error("fn", "src/app").startswith("PackageIsSplit: ")

    ways = (f"{text}, {way})" for text, way in zip(of_app, (of_function, of_layer)))
    repository.write(app_files("\n".join(ways), f"import one, two\n{HANDLER_SOURCE}"))

    assert "shared/two.py" not in repository.package("fn", "src/app").code


def test_layers_with_different_prefixes(repository: TrialRepository) -> None:
    """A package that layers with one prefix share is in one folder, and otherwise it is split."""
    repository.write(
        {
            "src/pk/__init__.py": "",
            "src/pk/a.py": "",
            "src/pk/b.py": "",
            "src/pk/BUILD": "python_sources()\n"
            'lambda_layer(name="a", dependencies=["./a.py"])\n'
            'lambda_layer(name="b", dependencies=["./b.py"])\n'
            'lambda_layer(name="c", dependencies=["./b.py"], '
            'prefix="python/lib/python3.13/site-packages")',
            **app_files(
                'lambda_function(name="same", handler="api.py:handler", '
                'layers=["src/pk:a", "src/pk:b"])\n'
                'lambda_function(name="other", handler="api.py:handler", '
                'layers=["src/pk:a", "src/pk:c"])',
                f"import pk.a\nimport pk.b\n{HANDLER_SOURCE}",
            ),
        }
    )

    assert repository.package("same", "src/app").code == ["app/api.py", "lambda_function.py"]
    assert repository.package_error("other", "src/app").startswith("PackageIsSplit: ")


def test_requirement_layer_without_sources(repository: TrialRepository) -> None:
    """A layer of requirements has no sources, including those that a function lists through a
    target generator. It contains the sources that it lists itself.
    """
    repository.add_wheel("needed==1.0", {"needed.py": ""})
    repository.lock("needed==1.0")
    repository.write(
        {
            "src/lib/words.py": "import needed\n",
            "src/lib/BUILD": "python_sources()",
            **app_files(
                'lambda_function(name="fn", handler="api.py:handler", dependencies=["src/lib"])\n'
                'lambda_layer(name="deps", requirements_of=[":fn"])\n'
                'lambda_layer(name="both", requirements_of=[":fn"], dependencies=["src/lib"])',
                HANDLER_SOURCE,
            ),
        }
    )

    assert repository.package("deps", "src/app").code == ["python/needed.py"]
    assert repository.package("both", "src/app").code == ["python/lib/words.py", "python/needed.py"]


def lock_tool(repository: TrialRepository) -> None:
    """A distribution with two console scripts, `tool` and `other`."""
    scripts = "[console_scripts]\ntool = tool:main\nother = tool:main\n"
    repository.add_wheel(
        "tool==1.0", {"tool.py": "", "tool-1.0.dist-info/entry_points.txt": scripts}
    )
    repository.lock("tool==1.0")


@pytest.mark.parametrize(
    ("layer", "carried", "in_layer"),
    [("", ["bin/tool"], False), (', scripts=["tool"]', [], True)],
)
def test_script_of_a_distribution_in_a_layer(
    repository: TrialRepository, layer: str, carried: list[str], in_layer: bool
) -> None:
    """A target contains the scripts that it sets, unless a layer has them in its `bin/`."""
    lock_tool(repository)
    fields = 'handler="api.py:handler", layers=[":deps"], scripts=["tool"]'
    repository.write(
        app_files(
            f'lambda_function(name="fn", {fields})\n'
            f'lambda_layer(name="deps", requirements_of=[":fn"]{layer})',
            f"import tool\n{HANDLER_SOURCE}",
        )
    )

    built = repository.package("fn", "src/app")

    assert built.zip.namelist() == ["app/api.py", *carried, "lambda_function.py"]
    assert ("bin/tool" in built.zip_at("src.app/deps.zip").namelist()) is in_layer
    assert built.metadata["distributions"] == []
    assert built.metadata["from_layers"] == [
        {"name": "tool", "version": "1.0", "layer": "src/app:deps"}
    ]


def test_script_and_its_code_in_two_layers(repository: TrialRepository) -> None:
    """A layer may contain the script of a distribution in another layer that it attaches."""
    lock_tool(repository)
    needs = 'dependencies=["3rdparty/default:tool"]'
    repository.write(
        app_files(
            'lambda_function(name="fn", handler="api.py:handler", layers=[":code", ":bin"], '
            'scripts=["tool"])\n'
            f'lambda_layer(name="code", {needs})\n'
            f'lambda_layer(name="bin", {needs}, layers=[":code"], scripts=["tool"])',
            f"import tool\n{HANDLER_SOURCE}",
        )
    )

    built = repository.package("fn", "src/app")

    assert built.code == ["app/api.py", "lambda_function.py"]
    assert built.zip_at("src.app/bin.zip").namelist() == ["bin/tool"]


def test_native_script_of_a_distribution_in_a_layer(repository: TrialRepository) -> None:
    """Its bytes come from the wheel, and checks run for the artifact that contains it."""
    program = elf_file(X86_64, needed=["libGL.so.1"])
    repository.add_wheel("tool==1.0", {"tool.py": "", "tool-1.0.data/scripts/tool": program})
    repository.lock("tool==1.0")
    fields = 'handler="api.py:handler", layers=[":deps"], scripts=["tool"]'
    repository.write(
        app_files(
            f'lambda_function(name="fn", {fields})\n'
            'lambda_layer(name="deps", requirements_of=[":fn"])',
            f"import tool\n{HANDLER_SOURCE}",
        )
    )

    assert "bin/tool of tool 1.0 needs libGL.so.1" in repository.package_error("fn", "src/app")
