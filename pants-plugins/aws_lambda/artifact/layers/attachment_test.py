"""Tests of attached layers: packages that are split, and layers that other layers require."""

from __future__ import annotations

import pytest

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.imports.artifact_view import ArtifactView
from aws_lambda.artifact.layers.attachment import (
    LayerMissing,
    PackageIsSplit,
    check_attached_layers,
    find_split_packages,
)
from aws_lambda.testing.files import first_party_file, third_party_file
from aws_lambda.testing.messages import dedent_message


def artifact(
    address: str, *files: ArtifactFile, root: str = "", required_layers: tuple[str, ...] = ()
) -> ArtifactView:
    return ArtifactView(
        address=address,
        root=root,
        files=files,
        python="3.13",
        architecture="x86_64",
        required_layers=required_layers,
    )


def refusal(function: ArtifactView, *layers: ArtifactView) -> str:
    with pytest.raises(PackageIsSplit) as refused:
        check_attached_layers(
            function,
            function.contents,
            layers,
            named=[each.address for each in layers],
            foreign=frozenset(),
            namespaces=frozenset(),
            where=Where("lambda_function", function.address),
        )
    return str(refused.value)


@pytest.mark.parametrize("folder", ["tests", "docs", "examples"])
def test_harmless_folders_may_be_split(folder: str) -> None:
    """No code depends on tests and documentation of distributions."""
    function = artifact(
        "src:fn",
        third_party_file(f"{folder}/__init__.py", of="a 1.0"),
        third_party_file(f"{folder}/unit/__init__.py", of="a 1.0"),
        third_party_file(f"{folder}/unit/test_a.py", of="a 1.0"),
    )
    layer = artifact(
        "src:deps",
        third_party_file(f"python/{folder}/__init__.py", of="b 1.0"),
        third_party_file(f"python/{folder}/unit/__init__.py", of="b 1.0"),
        third_party_file(f"python/{folder}/unit/test_b.py", of="b 1.0"),
        root="python",
    )

    assert find_split_packages(function, [layer]) == ()


def test_first_party_code_is_never_harmless() -> None:
    """The handler may import a folder `tests` of the repository."""
    function = artifact(
        "src:fn", first_party_file("tests/__init__.py"), first_party_file("tests/made.py")
    )
    layer = artifact(
        "src:deps", third_party_file("python/tests/__init__.py", of="b 1.0"), root="python"
    )
    layer_more = artifact(
        "src:more",
        third_party_file("python/tests/__init__.py", of="b 1.0"),
        third_party_file("python/tests/test_b.py", of="b 1.0"),
        root="python",
    )

    assert find_split_packages(function, [layer]) == ()
    assert find_split_packages(function, [layer_more]) == ("tests",)


def test_package_of_two_distributions() -> None:
    """The fixes put both parts into one artifact, or leave one part out."""
    function = artifact(
        "src:fn",
        third_party_file("shared/__init__.py", of="a 1.0"),
        third_party_file("shared/a.py", of="a 1.0"),
    )
    layer = artifact(
        "src:deps",
        third_party_file("python/shared/__init__.py", of="b 1.0"),
        third_party_file("python/shared/b.py", of="b 1.0"),
        root="python",
    )

    assert refusal(function, layer) == dedent_message("""
        A regular package is partly in the `lambda_function` target src:fn and partly in its layers: shared.

          python/shared of b 1.0  src:deps
          shared of a 1.0         src:fn

        Python imports such a package from one folder and does not find the rest.

        To fix, choose one of these:

          put a 1.0, b 1.0 into the layer: `requirements_of=["src:fn"]` on src:deps
          leave out a part that nothing needs: `exclude=["shared/**"]` on src:fn
        """)


def test_package_of_a_layer_and_its_layer() -> None:
    """A layer cannot use `requirements_of`, and first-party code is never left out."""
    top = artifact(
        "src:top",
        third_party_file("lib/shared/__init__.py", of="a 1.0"),
        first_party_file("lib/shared/own.py", source="src/shared/own.py"),
        root="lib",
    )
    base = artifact(
        "src:base",
        third_party_file("python/shared/__init__.py", of="b 1.0"),
        third_party_file("python/shared/b.py", of="b 1.0"),
        root="python",
    )

    assert refusal(top, base) == dedent_message("""
        A regular package is partly in the `lambda_function` target src:top and partly in its layers: shared.

          lib/shared of a 1.0     src:top
          python/shared of b 1.0  src:base
          src/shared/own.py       src:top

        Python imports such a package from one folder and does not find the rest.

        To fix, choose one of these:

          put all of it into the layer: `dependencies=["src/shared"]` on src:base
          put a 1.0, b 1.0 into the layer: add their requirements to `dependencies` of src:base
          leave out a part that nothing needs: `exclude=["python/shared/**"]` on src:base
        """)


def test_layer_that_another_layer_requires() -> None:
    """The fix keeps all layers of the target, and ARNs in their place."""
    function, base, top = (
        artifact("src:fn"),
        artifact("src:base"),
        artifact("src:top", required_layers=("src:base",)),
    )
    first, last = (f"arn:aws:lambda:eu-west-1:1:layer:{name}:1" for name in ("first", "last"))

    with pytest.raises(LayerMissing) as refused:
        check_attached_layers(
            function,
            function.contents,
            [top, base],
            named=[first, "src:top", "src:base", last],
            foreign=frozenset(),
            namespaces=frozenset(),
            where=Where("lambda_function", "src:fn"),
        )

    assert str(refused.value) == dedent_message(f"""
        The `lambda_function` target src:fn attaches layers without the layers that they require, or before them.

          src:top  requires src:base

        A layer does not contain the files of the layers in its own `layers`.

        To fix, set `layers=["{first}", "src:base", "src:top", "{last}"]`.
        """)
