"""Tests of files that a function leaves to its layers, and that the layers leave out."""

from __future__ import annotations

import ast

import pytest

from aws_lambda.artifact.contents import Distribution
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.exclusions import PRESETS, Exclusions
from aws_lambda.artifact.imports.artifact_view import ArtifactView
from aws_lambda.artifact.layers.incomplete_layers import (
    LayerLacksFiles,
    LayerOmission,
    LayerUse,
    check_incomplete_layers,
)
from aws_lambda.testing.files import first_party_file, third_party_file

WHERE = Where("lambda_function", "src/api:fn")
LAYER = "src/layers:deps"
SITE_PACKAGES = "python/lib/python3.13/site-packages"


def distribution(name: str, version: str) -> Distribution:
    return Distribution(name, version, f"{name}-{version}-py3-none-any.whl", "5e" * 32)


CLICK, JWT = distribution("click", "8.1.7"), distribution("pyjwt", "2.10")


def omission(
    entry: str, *paths: str, of: str = "click 8.1.7", root: str = "python"
) -> LayerOmission:
    return LayerOmission(LAYER, root, entry, tuple(third_party_file(path, of=of) for path in paths))


def check(*missing: LayerOmission, exclude: tuple[str, ...] = ()) -> None:
    use = LayerUse([(CLICK, LAYER), (JWT, LAYER)], exclude=Exclusions(exclude))
    check_incomplete_layers(use, missing, where=WHERE)


def suggested(*missing: LayerOmission) -> tuple[str, ...]:
    """The entries of `exclude` that the message prints."""
    with pytest.raises(LayerLacksFiles) as caught:
        check(*missing)
    return tuple(ast.literal_eval(str(caught.value).rpartition("`exclude=")[2][: -len("`.")]))


def test_omitted_files_of_distributions() -> None:
    """The message lists all of them, by layer, entry and distribution."""
    with pytest.raises(LayerLacksFiles) as caught:
        check(
            omission("python/click/**", "python/click/a.py", "python/click/b.py"),
            omission("**/jwk.py", "python/jwt/jwk.py", of="pyjwt 2.10"),
        )

    assert str(caught.value) == (
        "The `lambda_function` target src/api:fn needs files that its layers leave out.\n"
        "\n"
        "  src/layers:deps  python/click/**  click 8.1.7  python/click/a.py and 1 more\n"
        "  src/layers:deps  **/jwk.py        pyjwt 2.10   python/jwt/jwk.py\n"
        "\n"
        "The function leaves these files to its layers, so neither artifact contains them.\n"
        "\n"
        "To fix, remove the entries from the layers' `exclude` or `collisions`. If the function "
        "does not need these files, exclude them there as well: "
        '`exclude=["click/**", "**/jwk.py"]`.'
    )


@pytest.mark.parametrize("preset", PRESETS)
def test_files_omitted_by_a_preset(preset: str) -> None:
    """No code needs these files at run time."""
    check(omission(preset, "python/click/tests/x"))


@pytest.mark.parametrize(
    ("distribution_of_layer", "layer"),
    [(distribution("click", "8.1.8"), LAYER), (JWT, LAYER), (CLICK, "src/layers:other")],
)
def test_files_that_the_function_does_not_use(
    distribution_of_layer: Distribution, layer: str
) -> None:
    """It uses another release, another distribution, or another layer."""
    missing = omission("python/click/**", "python/click/a.py")

    check_incomplete_layers(LayerUse([(distribution_of_layer, layer)]), [missing], where=WHERE)


def test_complete_layers() -> None:
    """A layer that omits nothing, and a function that uses no layer, are accepted."""
    check()
    check_incomplete_layers(
        LayerUse([]), [omission("python/click/**", "python/click/a.py")], where=WHERE
    )


OWN = first_party_file("python/words.py", b"ours", source="src/words.py")
OMITTED = LayerOmission(LAYER, "python", "python/words.py", (OWN,))


def test_omitted_first_party_file() -> None:
    """The message has its path in the repository."""
    with pytest.raises(LayerLacksFiles) as caught:
        check_incomplete_layers(
            LayerUse([], frozenset({("words.py", OWN.sha256)})), [OMITTED], where=WHERE
        )

    assert str(caught.value) == (
        "The `lambda_function` target src/api:fn needs files that its layers leave out.\n"
        "\n"
        "  src/layers:deps  python/words.py  src/words.py (first-party)  python/words.py\n"
        "\n"
        "The function leaves these files to its layers, so neither artifact contains them.\n"
        "\n"
        "To fix, remove the entries from the layers' `exclude` or `collisions`. If the function "
        'does not need these files, exclude them there as well: `exclude=["words.py"]`.'
    )


@pytest.mark.parametrize(
    ("source", "exclude"),
    [
        (("words.py", OWN.sha256), ("words.py",)),
        (("words.py", first_party_file("words.py", b"other").sha256), ()),
        (("app/words.py", OWN.sha256), ()),
    ],
)
def test_first_party_file_that_the_function_does_not_use(
    source: tuple[str, str], exclude: tuple[str, ...]
) -> None:
    """The function excludes it as well, or needs another file."""
    check_incomplete_layers(
        LayerUse([], frozenset({source}), Exclusions(exclude)), [OMITTED], where=WHERE
    )


@pytest.mark.parametrize("root", ["python", SITE_PACKAGES])
def test_first_party_file_in_another_layer(root: str) -> None:
    """The prefix of the other layer does not matter."""
    use = LayerUse([], frozenset({("words.py", OWN.sha256)}))
    other = ArtifactView("src/layers:other", root, (first_party_file(f"{root}/words.py", b"ours"),))

    check_incomplete_layers(use, [OMITTED], [other], where=WHERE)


@pytest.mark.parametrize("exclude", ["click", "click/**", "**/a.md", "docs", "**/docs/"])
def test_files_that_the_function_excludes(exclude: str) -> None:
    """Any entry that would leave the files out of the function accepts their omission."""
    check(omission("python/click/docs", "python/click/docs/a.md"), exclude=("x", exclude, "!y"))


@pytest.mark.parametrize(
    "exclude", [("python/click",), ("click/b",), ("click", "!click/a"), ("tests",), ("!click",)]
)
def test_exclude_of_other_files(exclude: tuple[str, ...]) -> None:
    """Paths in the layer, other files, and files that the function keeps do not match."""
    with pytest.raises(LayerLacksFiles):
        check(omission("python/click", "python/click/a/x.py"), exclude=exclude)


@pytest.mark.parametrize(
    ("root", "entry", "path", "pattern"),
    [
        ("python", "python/click/**", "python/click/a.py", "click/**"),
        ("python", "**/a.py", "python/click/a.py", "**/a.py"),
        ("python", "python/**/a.py", "python/click/a.py", "**/a.py"),
        ("python", "*/click", "python/click/a.py", "click"),
        ("python", "bin/click", "bin/click", "bin/click"),
        ("python", "python/tests", "python/tests/a.py", "tests/"),
        ("python", "python/docs/", "python/docs/a.py", "docs/"),
        ("python", 'python/a[1]".py', 'python/a1".py', 'a[1]".py'),
        (SITE_PACKAGES, f"{SITE_PACKAGES}/click/a.py", f"{SITE_PACKAGES}/click/a.py", "click/a.py"),
        (SITE_PACKAGES, "python/lib/*/site-packages/click", f"{SITE_PACKAGES}/click/a.py", "click"),
        (SITE_PACKAGES, "python/**/click", f"{SITE_PACKAGES}/click/a.py", "python/**/click"),
    ],
)
def test_suggested_pattern(root: str, entry: str, path: str, pattern: str) -> None:
    """The pattern has no prefix of the layer, and is never the name of a preset."""
    assert suggested(omission(entry, path, root=root)) == (pattern,)


@pytest.mark.parametrize(
    ("root", "entry", "path"),
    [
        ("python", "python/click/**", "python/click/a.py"),
        ("python", "*/click", "python/click/a.py"),
        ("python", "bin/click", "bin/click"),
        ("python", "bin/**", "bin/click"),
        ("python", "python/docs", "python/docs/a.py"),
        (SITE_PACKAGES, "python/lib/*/site-packages/click", f"{SITE_PACKAGES}/click/a.py"),
        (SITE_PACKAGES, "**/click", f"{SITE_PACKAGES}/click/a.py"),
    ],
)
def test_suggested_pattern_fixes_the_error(root: str, entry: str, path: str) -> None:
    """With the pattern in its `exclude`, the function is accepted."""
    missing = omission(entry, path, root=root)

    check(missing, exclude=suggested(missing))


def test_one_suggestion_per_entry() -> None:
    """One entry may omit files of several distributions."""
    assert suggested(
        omission("**/x", "python/click/x"), omission("**/x", "python/jwt/x", of="pyjwt 2.10")
    ) == ("**/x",)
