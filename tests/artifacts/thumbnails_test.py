import struct
from pathlib import Path
from typing import Any

import pytest

from artifacts.mounted import artifact

WHITE_PIXEL = "R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs="

# e_machine, as the ELF specification numbers them.
MACHINES = {62: "x86_64", 183: "arm64"}


def machine(content: bytes) -> str:
    (e_machine,) = struct.unpack_from("<H", content, 18)
    return MACHINES[e_machine]


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_native_code_is_for_the_architecture_of_the_layer(architecture: str) -> None:
    """One definition with `parametrize` gives a zip for each machine, with no file of the other."""
    layer = artifact(f"src.thumbnails/deps@architecture={architecture}.zip")
    native = [content for content in layer.files().values() if content.startswith(b"\x7fELF")]

    assert layer.metadata["architecture"] == architecture
    assert {machine(content) for content in native} == {architecture}


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_variants_find_each_other(architecture: str) -> None:
    """The bare address of a parametrized layer means the one for the function's machine."""
    function = artifact(f"src.thumbnails/fn@architecture={architecture}.zip")

    assert [layer["address"] for layer in function.metadata["layers"]] == [
        f"src/thumbnails:deps@architecture={architecture}"
    ]


def test_a_function_without_native_code_is_one_zip_for_both_architectures() -> None:
    """Only wheels differ, and those are in the layer: the functions are equal byte for byte."""
    arm64, x86_64 = (
        artifact(f"src.thumbnails/fn@architecture={architecture}.zip").metadata
        for architecture in ("arm64", "x86_64")
    )

    assert arm64["code_sha256"] == x86_64["code_sha256"]
    assert arm64["from_layers"] != x86_64["from_layers"]
    assert versions(arm64) == versions(x86_64)


def versions(metadata: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["name"], each["version"]) for each in metadata["from_layers"]]


def test_a_thumbnail_is_made_from_the_function_and_its_layer(tmp_path: Path) -> None:
    """Pillow and numpy load from the layer under the runtime's interpreter."""
    answer = artifact("src.thumbnails/fn@architecture=x86_64.zip").answer(
        {"image": WHITE_PIXEL, "size": 8}, tmp_path
    )

    assert (answer["width"], answer["height"], answer["brightness"]) == (1, 1, 1.0)
