"""Layers as they are attached: what may be split, and the ways out of what may not."""

from __future__ import annotations

from textwrap import dedent

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
from aws_lambda.testing.files import first_party, third_party


def made(
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


def refusal(artifact: ArtifactView, *layers: ArtifactView) -> str:
    with pytest.raises(PackageIsSplit) as refused:
        check_attached_layers(
            artifact,
            artifact.contents,
            layers,
            named=[each.address for each in layers],
            foreign=frozenset(),
            namespaces=frozenset(),
            where=Where("lambda_function", artifact.address),
        )
    return str(refused.value)


@pytest.mark.parametrize("folder", ["tests", "docs", "examples"])
def test_harmless_folders_of_distributions_may_be_split(folder: str) -> None:
    """Nothing that runs depends on them, so that it is no matter what of them can be imported."""
    function = made(
        "src:fn",
        third_party(f"{folder}/__init__.py", of="a 1.0"),
        third_party(f"{folder}/unit/__init__.py", of="a 1.0"),
        third_party(f"{folder}/unit/test_a.py", of="a 1.0"),
    )
    layer = made(
        "src:deps",
        third_party(f"python/{folder}/__init__.py", of="b 1.0"),
        third_party(f"python/{folder}/unit/__init__.py", of="b 1.0"),
        third_party(f"python/{folder}/unit/test_b.py", of="b 1.0"),
        root="python",
    )

    assert find_split_packages(function, [layer]) == ()


def test_own_code_is_never_harmless() -> None:
    """A folder `tests` of the repository may be what the handler imports."""
    function = made("src:fn", first_party("tests/__init__.py"), first_party("tests/made.py"))
    layer = made("src:deps", third_party("python/tests/__init__.py", of="b 1.0"), root="python")
    layer_more = made(
        "src:more",
        third_party("python/tests/__init__.py", of="b 1.0"),
        third_party("python/tests/test_b.py", of="b 1.0"),
        root="python",
    )

    assert find_split_packages(function, [layer]) == ()
    assert find_split_packages(function, [layer_more]) == ("tests",)


def test_distributions_that_share_a_package() -> None:
    """What others wrote is not mended in the repository: one artifact carries both, or leaves one
    part out."""
    function = made(
        "src:fn",
        third_party("shared/__init__.py", of="a 1.0"),
        third_party("shared/a.py", of="a 1.0"),
    )
    layer = made(
        "src:deps",
        third_party("python/shared/__init__.py", of="b 1.0"),
        third_party("python/shared/b.py", of="b 1.0"),
        root="python",
    )

    assert refusal(function, layer) == lines("""
        A regular package lies partly in the `lambda_function` target src:fn and partly in its layers: shared.

          python/shared of b 1.0  src:deps
          shared of a 1.0         src:fn

        Python imports such a package from one folder, and would not find the rest.

        To fix, choose one of these:

          let the layer carry a 1.0, b 1.0: `requirements_of=["src:fn"]` on src:deps
          leave a part out that nothing needs: `exclude=["shared/**"]` on src:fn
        """)


def test_layers_of_layers_that_share_a_package() -> None:
    """`requirements_of` takes functions only. What holds own code too is not left out."""
    top = made(
        "src:top",
        third_party("lib/shared/__init__.py", of="a 1.0"),
        first_party("lib/shared/own.py", source="src/shared/own.py"),
        root="lib",
    )
    base = made(
        "src:base",
        third_party("python/shared/__init__.py", of="b 1.0"),
        third_party("python/shared/b.py", of="b 1.0"),
        root="python",
    )

    assert refusal(top, base) == lines("""
        A regular package lies partly in the `lambda_function` target src:top and partly in its layers: shared.

          lib/shared of a 1.0     src:top
          python/shared of b 1.0  src:base
          src/shared/own.py       src:top

        Python imports such a package from one folder, and would not find the rest.

        To fix, choose one of these:

          let the layer carry all: `dependencies=["src/shared"]` on src:base
          let the layer carry a 1.0, b 1.0: their requirements in `dependencies` of src:base
          leave a part out that nothing needs: `exclude=["python/shared/**"]` on src:base
        """)


def test_what_layers_presuppose_is_put_before_them() -> None:
    """The list that is suggested keeps every layer of the target, ARNs of others in their place."""
    function, base, top = (
        made("src:fn"),
        made("src:base"),
        made("src:top", required_layers=("src:base",)),
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

    assert str(refused.value) == lines(f"""
        The `lambda_function` target src:fn attaches layers without those that they presuppose, or before them.

          src:top  presupposes src:base

        What a layer's own `layers` carry, it does not carry itself.

        To fix, set `layers=["{first}", "src:base", "src:top", "{last}"]`.
        """)


def lines(message: str) -> str:
    return dedent(message).strip()
