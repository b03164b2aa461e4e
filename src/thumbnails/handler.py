"""Makes a thumbnail of an image, and measures its brightness."""

from base64 import b64decode, b64encode
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """`image` is an image in base64. `size` is the longer side of the thumbnail, in pixels."""
    with Image.open(BytesIO(b64decode(event["image"]))) as image:
        thumbnail = image.convert("RGB")
    thumbnail.thumbnail((event["size"], event["size"]))

    return {
        "image": png(thumbnail),
        "width": thumbnail.width,
        "height": thumbnail.height,
        "brightness": brightness(thumbnail),
    }


def png(image: Image.Image) -> str:
    encoded = BytesIO()
    image.save(encoded, format="PNG")
    return b64encode(encoded.getvalue()).decode()


def brightness(image: Image.Image) -> float:
    """From 0 (black) to 1 (white)."""
    return round(float(np.asarray(image).mean()) / 255, 3)
