from base64 import b64decode, b64encode
from io import BytesIO

from PIL import Image

from thumbnails.handler import handler


def encoded(width: int, height: int, colour: str) -> str:
    image = BytesIO()
    Image.new("RGB", (width, height), colour).save(image, format="BMP")
    return b64encode(image.getvalue()).decode()


def test_the_longer_side_takes_the_size_asked_for() -> None:
    """A thumbnail keeps the proportions of its image, and is a PNG whatever the image was."""
    answer = handler({"image": encoded(80, 40, "white"), "size": 20}, None)
    thumbnail = Image.open(BytesIO(b64decode(answer["image"])))

    assert (thumbnail.format, thumbnail.size) == ("PNG", (20, 10))
    assert (answer["width"], answer["height"]) == (20, 10)


def test_an_image_that_is_small_enough_keeps_its_size() -> None:
    """A thumbnail is never larger than its image."""
    answer = handler({"image": encoded(4, 4, "white"), "size": 20}, None)

    assert (answer["width"], answer["height"]) == (4, 4)


def test_brightness_reaches_from_black_to_white() -> None:
    """Brightness is the mean over all pixels and colours, between 0 and 1."""
    answers = [
        handler({"image": encoded(4, 4, colour), "size": 4}, None)
        for colour in ("black", "red", "white")
    ]

    assert [answer["brightness"] for answer in answers] == [0.0, 0.333, 1.0]
