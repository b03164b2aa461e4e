"""The changes between two builds: which part of an artifact changes, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from aws_lambda.artifact.report.comparison import ArtifactChange, ChangeKind, compare_builds

IDNA = {"name": "idna", "version": "3.10", "sha256": "1d"}
CLICK = {"name": "click", "version": "8.1.7", "sha256": "c1"}
DEPS = {"address": "src:deps", "code_sha256": "d0=", "content_sha256": "d0", "path": "deps.zip"}


def metadata(**changed: Any) -> dict[str, Any]:
    """The metadata of a function, with these keys changed."""
    return {
        "address": "src:fn",
        "kind": "function",
        "runtime": "python3.13",
        "architecture": "x86_64",
        "handler": "lambda_function.handler",
        "code_sha256": "f0=",
        "content_sha256": "f0",
        "zip_bytes": 100,
        "unzipped_bytes": 200,
        "bytecode": {"mode": "reachable", "compiler": "CPython 3.13.9"},
        "distributions": [IDNA],
        "from_layers": [],
        "provided": [],
        "sources": [{"path": "api.py", "source": "src/api.py", "sha256": "a0"}],
        "excluded": [],
        "layers": [DEPS],
        **changed,
    }


def layer(**changed: Any) -> dict[str, Any]:
    made = metadata(address="src:deps", kind="layer", handler=None, **changed)
    del made["layers"]
    return made


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> ArtifactChange:
    (change,) = compare_builds([before], [after], {"src:fn"})
    return change


NEW = {"code_sha256": "f1=", "content_sha256": "f1"}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (
            {"sources": [{"path": "api.py", "source": "src/api.py", "sha256": "a1"}]},
            "changed: src/api.py",
        ),
        (
            {
                "sources": [
                    {"path": "api.py", "source": "src/api.py", "sha256": "a0"},
                    {"path": "lib.py", "source": "src/lib.py", "sha256": "b0"},
                ]
            },
            "added: src/lib.py",
        ),
        ({"sources": []}, "removed: src/api.py"),
        ({"distributions": [{**IDNA, "version": "3.11"}]}, "other versions: idna 3.10 -> 3.11"),
        ({"distributions": [IDNA, CLICK]}, "new distributions: click 8.1.7"),
        ({"distributions": []}, "no longer needed: idna 3.10"),
        (
            {"distributions": [], "from_layers": [{**IDNA, "layer": "src:deps"}]},
            "moved: idna 3.10 to src:deps",
        ),
        (
            {"distributions": [], "provided": [{"name": "idna", "version": None}]},
            "moved: idna 3.10 to `provided`",
        ),
        ({"distributions": [{**IDNA, "sha256": "1e"}]}, "other wheels: idna 3.10"),
        ({"excluded": [{"entry": "tests", "files": 2, "bytes": 9}]}, "excluded: tests"),
        (
            {"bytecode": {"mode": "reachable", "compiler": "CPython 3.13.10"}},
            "bytecode: reachable by CPython 3.13.9 -> reachable by CPython 3.13.10",
        ),
        ({"content_sha256": "f0"}, "the same files, written by another interpreter or zlib"),
        ({}, "generated files, such as the re-export of the handler"),
    ],
)
def test_reason_of_other_code(changed: Mapping[str, Any], reason: str) -> None:
    """Code is uploaded again if the zip differs, and the reason names the part that differs."""
    change = compare(metadata(), metadata(**{**NEW, **changed}))

    assert (change.change, change.reasons) == (ChangeKind.CODE, (reason,))


@pytest.mark.parametrize(
    ("changed", "kind", "reasons"),
    [
        ({}, ChangeKind.NONE, ()),
        ({"layers": []}, ChangeKind.LAYERS, ("no longer attaches src:deps",)),
        (
            {"layers": [DEPS, {"arn": "arn:aws:lambda:x"}]},
            ChangeKind.LAYERS,
            ("attaches arn:aws:lambda:x",),
        ),
        (
            {"layers": [{**DEPS, "code_sha256": "d1="}]},
            ChangeKind.LAYERS,
            ("the layer src:deps",),
        ),
        (
            {"runtime": "python3.14"},
            ChangeKind.CONFIGURATION,
            ("runtime: python3.13 -> python3.14",),
        ),
        (
            {"runtime": "python3.14", **NEW, "distributions": [{**IDNA, "sha256": "1e"}]},
            ChangeKind.CODE,
            ("runtime: python3.13 -> python3.14",),
        ),
        (
            {"architecture": "arm64", **NEW},
            ChangeKind.CODE,
            ("architecture: x86_64 -> arm64",),
        ),
    ],
)
def test_part_that_changes(
    changed: Mapping[str, Any], kind: ChangeKind, reasons: tuple[str, ...]
) -> None:
    """A function whose zip is equal may get other layers, or another configuration.

    Another platform explains other wheels and another compiler.
    """
    change = compare(metadata(), metadata(**changed))

    assert (change.change, change.reasons) == (kind, reasons)


def test_order_of_layers() -> None:
    """AWS unpacks layers in this order, so another order is a change."""
    arn = {"arn": "arn:aws:lambda:x"}

    change = compare(metadata(layers=[DEPS, arn]), metadata(layers=[arn, DEPS]))

    assert (change.change, change.reasons) == (ChangeKind.LAYERS, ("the order of layers",))


def test_reasons_of_a_layer() -> None:
    """The function names the reasons of the layer that it attaches."""
    upgraded = layer(**NEW, distributions=[{**IDNA, "version": "3.11"}])
    new = metadata(layers=[{**DEPS, "code_sha256": "f1="}])

    of_function, of_layer = compare_builds(
        [metadata(), layer()], [upgraded, new], {"src:fn", "src:deps"}
    )

    assert of_layer.reasons == ("other versions: idna 3.10 -> 3.11",)
    assert (of_function.change, of_function.reasons) == (
        ChangeKind.LAYERS,
        ("the layer src:deps (other versions: idna 3.10 -> 3.11)",),
    )


def test_added_and_removed_artifacts() -> None:
    """An artifact that the command line does not name is not a removed one."""
    gone, unnamed = metadata(address="src:gone"), metadata(address="src:unnamed")

    changes = compare_builds([gone, unnamed], [metadata()], {"src:fn", "src:unnamed"})

    assert [(each.address, each.change) for each in changes] == [
        ("src:fn", ChangeKind.ADDED),
        ("src:gone", ChangeKind.REMOVED),
    ]
    assert changes[1].sizes("zip_bytes") == [100, None]


def test_sources_without_hashes() -> None:
    """The metadata of an older backend does not show which sources changed."""
    old = metadata(sources=[{"path": "api.py", "source": "src/api.py"}])

    assert compare(old, metadata(**NEW)).reasons == (
        "other files, perhaps sources (an older backend wrote no hashes of them)",
    )


def test_many_names() -> None:
    """A reason lists ten names, and the number of the others."""
    sources = [{"path": f"{n:02}.py", "source": f"src/{n:02}.py", "sha256": ""} for n in range(12)]

    (reason,) = compare(metadata(sources=[]), metadata(**NEW, sources=sources)).reasons

    assert reason == f"added: {', '.join(f'src/{n:02}.py' for n in range(10))} and 2 more"
