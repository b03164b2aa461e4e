import struct
from pathlib import Path
from typing import Any

import pytest

from artifacts.mounted_artifacts import artifact

WHITE_PIXEL = "R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs="

# Values of the field e_machine in the ELF specification.
MACHINES = {62: "x86_64", 183: "arm64"}


def machine(content: bytes) -> str:
    (e_machine,) = struct.unpack_from("<H", content, 18)
    return MACHINES[e_machine]


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_native_code_of_a_parametrized_layer(architecture: str) -> None:
    """`parametrize` gives a zip per architecture, without native code for the other one."""
    layer = artifact(f"src.thumbnails/deps@architecture={architecture}.zip")
    native = [content for content in layer.files().values() if content.startswith(b"\x7fELF")]

    assert layer.metadata["architecture"] == architecture
    assert {machine(content) for content in native} == {architecture}


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_layer_of_a_parametrized_function(architecture: str) -> None:
    """The address without parameters means the layer for the function's architecture."""
    function = artifact(f"src.thumbnails/fn@architecture={architecture}.zip")

    assert [layer["address"] for layer in function.metadata["layers"]] == [
        f"src/thumbnails:deps@architecture={architecture}"
    ]


def test_function_without_native_code() -> None:
    """The zip is the same for both architectures, because only the wheels in the layer differ."""
    arm64, x86_64 = (
        artifact(f"src.thumbnails/fn@architecture={architecture}.zip").metadata
        for architecture in ("arm64", "x86_64")
    )

    assert arm64["code_sha256"] == x86_64["code_sha256"]
    assert arm64["from_layers"] != x86_64["from_layers"]
    assert versions(arm64) == versions(x86_64)


def versions(metadata: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["name"], each["version"]) for each in metadata["from_layers"]]


def test_answer_with_native_code_in_a_layer(tmp_path: Path) -> None:
    """The Python of the runtime imports Pillow and numpy from the layer."""
    answer = artifact("src.thumbnails/fn@architecture=x86_64.zip").answer(
        {"image": WHITE_PIXEL, "size": 8}, tmp_path
    )

    assert (answer["width"], answer["height"], answer["brightness"]) == (1, 1, 1.0)
