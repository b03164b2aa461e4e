import struct
from pathlib import Path

import pytest

from artifacts.mounted import artifact, invoke

WHITE_PIXEL = "R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs="

# e_machine, as the ELF specification numbers them.
MACHINES = {62: "x86_64", 183: "arm64"}


def machine(content: bytes) -> str:
    (e_machine,) = struct.unpack_from("<H", content, 18)
    return MACHINES[e_machine]


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_native_code_is_for_the_architecture_of_the_function(architecture: str) -> None:
    """One definition with `parametrize` gives a zip for each machine, with no file of the other."""
    function = artifact(f"src.thumbnails/fn@architecture={architecture}.zip")
    native = [content for content in function.files().values() if content.startswith(b"\x7fELF")]

    assert function.metadata["architecture"] == architecture
    assert {machine(content) for content in native} == {architecture}


def test_both_architectures_carry_the_same_code() -> None:
    """Only wheels differ: sources, handler and versions are one."""
    arm64, x86_64 = (
        artifact(f"src.thumbnails/fn@architecture={architecture}.zip").metadata
        for architecture in ("arm64", "x86_64")
    )

    assert arm64["sources"] == x86_64["sources"]
    assert arm64["handler"] == x86_64["handler"]
    assert [(wheel["name"], wheel["version"]) for wheel in arm64["distributions"]] == [
        (wheel["name"], wheel["version"]) for wheel in x86_64["distributions"]
    ]


def test_a_thumbnail_is_made_from_the_zip_alone(tmp_path: Path) -> None:
    """Pillow and numpy load from the task root under the runtime's interpreter."""
    function = artifact("src.thumbnails/fn@architecture=x86_64.zip")
    metadata = function.metadata
    answer = invoke(
        function.mount(tmp_path),
        metadata["runtime"],
        metadata["handler"],
        {"image": WHITE_PIXEL, "size": 8},
    )

    assert (answer["width"], answer["height"], answer["brightness"]) == (1, 1, 1.0)
