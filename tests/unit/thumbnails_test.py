from base64 import b64decode, b64encode
from io import BytesIO

from PIL import Image

from thumbnails.handler import handler


def encoded(width: int, height: int, color: str) -> str:
    image = BytesIO()
    Image.new("RGB", (width, height), color).save(image, format="BMP")
    return b64encode(image.getvalue()).decode()


def test_longer_side_has_the_requested_size() -> None:
    """A thumbnail keeps the proportions of its image. It is a PNG for every format of the image."""
    answer = handler({"image": encoded(80, 40, "white"), "size": 20}, None)
    thumbnail = Image.open(BytesIO(b64decode(answer["image"])))

    assert (thumbnail.format, thumbnail.size) == ("PNG", (20, 10))
    assert (answer["width"], answer["height"]) == (20, 10)


def test_small_image_keeps_its_size() -> None:
    """A thumbnail is never larger than its image."""
    answer = handler({"image": encoded(4, 4, "white"), "size": 20}, None)

    assert (answer["width"], answer["height"]) == (4, 4)


def test_brightness() -> None:
    """Brightness is the mean of all pixels and colors, from 0 for black to 1 for white."""
    answers = [
        handler({"image": encoded(4, 4, color), "size": 4}, None)
        for color in ("black", "red", "white")
    ]

    assert [answer["brightness"] for answer in answers] == [0.0, 0.333, 1.0]
