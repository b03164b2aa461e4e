"""What a function takes from layers that do not have all of it."""

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
from aws_lambda.testing.files import first_party, third_party

WHERE = Where("lambda_function", "src/api:fn")
LAYER = "src/layers:deps"
BOUND = "python/lib/python3.13/site-packages"


def distribution(name: str, version: str) -> Distribution:
    return Distribution(name, version, f"{name}-{version}-py3-none-any.whl", "5e" * 32)


CLICK, JWT = distribution("click", "8.1.7"), distribution("pyjwt", "2.10")


def lacking(
    entry: str, *paths: str, of: str = "click 8.1.7", root: str = "python"
) -> LayerOmission:
    return LayerOmission(LAYER, root, entry, tuple(third_party(path, of=of) for path in paths))


def check(*missing: LayerOmission, exclude: tuple[str, ...] = ()) -> None:
    taken = LayerUse([(CLICK, LAYER), (JWT, LAYER)], exclude=Exclusions(exclude))
    check_incomplete_layers(taken, missing, where=WHERE)


def suggested(*missing: LayerOmission) -> tuple[str, ...]:
    """The entries of `exclude` that the message prints."""
    with pytest.raises(LayerLacksFiles) as caught:
        check(*missing)
    return tuple(ast.literal_eval(str(caught.value).rpartition("`exclude=")[2][: -len("`.")]))


def test_what_a_layer_lacks_is_told_all_at_once() -> None:
    """By layer, entry and distribution, with the entries that accept it."""
    with pytest.raises(LayerLacksFiles) as caught:
        check(
            lacking("python/click/**", "python/click/a.py", "python/click/b.py"),
            lacking("**/jwk.py", "python/jwt/jwk.py", of="pyjwt 2.10"),
        )

    assert str(caught.value) == (
        "The `lambda_function` target src/api:fn takes files from layers that left them out.\n"
        "\n"
        "  src/layers:deps  python/click/**  click 8.1.7  python/click/a.py and 1 more\n"
        "  src/layers:deps  **/jwk.py        pyjwt 2.10   python/jwt/jwk.py\n"
        "\n"
        "The function leaves to its layers what they carry, so nobody has these files.\n"
        "\n"
        "To fix, take the entries out of the layers' `exclude` or `collisions`; or, if the "
        "function does not need these files, let it say so: "
        '`exclude=["click/**", "**/jwk.py"]`.'
    )


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_of_a_layer_does_not_count(preset: str) -> None:
    """Nothing needs these files at run time."""
    check(lacking(preset, "python/click/tests/x"))


@pytest.mark.parametrize(
    ("taken", "layer"),
    [(distribution("click", "8.1.8"), LAYER), (JWT, LAYER), (CLICK, "src/layers:other")],
)
def test_only_what_the_function_takes_from_that_layer_counts(
    taken: Distribution, layer: str
) -> None:
    """Another release, another distribution, another layer."""
    missing = lacking("python/click/**", "python/click/a.py")

    check_incomplete_layers(LayerUse([(taken, layer)]), [missing], where=WHERE)


def test_a_layer_that_lacks_nothing_is_not_told() -> None:
    """Neither is a function without layers."""
    check()
    check_incomplete_layers(
        LayerUse([]), [lacking("python/click/**", "python/click/a.py")], where=WHERE
    )


OURS = first_party("python/words.py", b"ours", source="src/words.py")
LOST = LayerOmission(LAYER, "python", "python/words.py", (OURS,))


def test_a_first_party_file_that_a_layer_lacks_is_told() -> None:
    """It is told under its own path in the repository."""
    with pytest.raises(LayerLacksFiles) as caught:
        check_incomplete_layers(
            LayerUse([], frozenset({("words.py", OURS.sha256)})), [LOST], where=WHERE
        )

    assert str(caught.value) == (
        "The `lambda_function` target src/api:fn takes files from layers that left them out.\n"
        "\n"
        "  src/layers:deps  python/words.py  src/words.py (first-party)  python/words.py\n"
        "\n"
        "The function leaves to its layers what they carry, so nobody has these files.\n"
        "\n"
        "To fix, take the entries out of the layers' `exclude` or `collisions`; or, if the "
        'function does not need these files, let it say so: `exclude=["words.py"]`.'
    )


@pytest.mark.parametrize(
    ("source", "exclude"),
    [
        (("words.py", OURS.sha256), ("words.py",)),
        (("words.py", first_party("words.py", b"other").sha256), ()),
        (("app/words.py", OURS.sha256), ()),
    ],
)
def test_a_first_party_file_that_the_function_does_not_take(
    source: tuple[str, str], exclude: tuple[str, ...]
) -> None:
    """It leaves it out itself, or needs another file."""
    check_incomplete_layers(
        LayerUse([], frozenset({source}), Exclusions(exclude)), [LOST], where=WHERE
    )


@pytest.mark.parametrize("root", ["python", BOUND])
def test_a_first_party_file_that_another_layer_has(root: str) -> None:
    """Below whichever prefix."""
    taken = LayerUse([], frozenset({("words.py", OURS.sha256)}))
    other = ArtifactView("src/layers:other", root, (first_party(f"{root}/words.py", b"ours"),))

    check_incomplete_layers(taken, [LOST], [other], where=WHERE)


@pytest.mark.parametrize("exclude", ["click", "click/**", "**/a.md", "docs", "**/docs/"])
def test_a_function_accepts_by_its_own_exclude(exclude: str) -> None:
    """By any entry that would leave the files out of it, where they would lie at the top."""
    check(lacking("python/click/docs", "python/click/docs/a.md"), exclude=("x", exclude, "!y"))


@pytest.mark.parametrize(
    "exclude", [("python/click",), ("click/b",), ("click", "!click/a"), ("tests",), ("!click",)]
)
def test_an_exclude_that_means_other_files_accepts_nothing(exclude: tuple[str, ...]) -> None:
    """A layer's path, other files, and files that the function keeps."""
    with pytest.raises(LayerLacksFiles):
        check(lacking("python/click", "python/click/a/x.py"), exclude=exclude)


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
        (BOUND, f"{BOUND}/click/a.py", f"{BOUND}/click/a.py", "click/a.py"),
        (BOUND, "python/lib/*/site-packages/click", f"{BOUND}/click/a.py", "click"),
        (BOUND, "python/**/click", f"{BOUND}/click/a.py", "python/**/click"),
    ],
)
def test_the_suggestion_says_it_in_the_functions_words(
    root: str, entry: str, path: str, pattern: str
) -> None:
    """Without the layer's prefix; and never a preset, which means something else."""
    assert suggested(lacking(entry, path, root=root)) == (pattern,)


@pytest.mark.parametrize(
    ("root", "entry", "path"),
    [
        ("python", "python/click/**", "python/click/a.py"),
        ("python", "*/click", "python/click/a.py"),
        ("python", "bin/click", "bin/click"),
        ("python", "bin/**", "bin/click"),
        ("python", "python/docs", "python/docs/a.py"),
        (BOUND, "python/lib/*/site-packages/click", f"{BOUND}/click/a.py"),
        (BOUND, "**/click", f"{BOUND}/click/a.py"),
    ],
)
def test_the_suggestion_works(root: str, entry: str, path: str) -> None:
    """Pasted into the function, it accepts what was told."""
    missing = lacking(entry, path, root=root)

    check(missing, exclude=suggested(missing))


def test_an_entry_is_suggested_once() -> None:
    """Several distributions may lack files by one entry."""
    assert suggested(
        lacking("**/x", "python/click/x"), lacking("**/x", "python/jwt/x", of="pyjwt 2.10")
    ) == ("**/x",)
