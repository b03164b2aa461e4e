from typing import Any

import pytest

# One white pixel, as BMP.
PIXEL = "Qk06AAAAAAAAADYAAAAoAAAAAQAAAAEAAAABABgAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAA////AA=="


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_thumbnail_on_both_architectures(architecture: str, lambda_function: Any) -> None:
    """A function for another processor is built again for the processor of this machine."""
    thumbnails = lambda_function(f"src/thumbnails:fn@architecture={architecture}")
    answer = thumbnails.invoke({"image": PIXEL, "size": 20}).response

    assert (answer["width"], answer["height"], answer["brightness"]) == (1, 1, 1.0)
