from typing import Any

import pytest

# One white pixel, as BMP.
PIXEL = "Qk06AAAAAAAAADYAAAAoAAAAAQAAAAEAAAABABgAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAA////AA=="


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_a_thumbnail_of_one_pixel(architecture: str, lambda_function: Any) -> None:
    """What is built for another processor is built for this machine's, to be tried."""
    thumbnails = lambda_function(f"src/thumbnails:fn@architecture={architecture}")
    made = thumbnails.invoke({"image": PIXEL, "size": 20}).response

    assert (made["width"], made["height"], made["brightness"]) == (1, 1, 1.0)
