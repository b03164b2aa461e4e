import pytest

from my_app.lambda_function import lambda_handler


@pytest.mark.parametrize(("words", "minutes"), [(0, 0), (1, 1), (200, 1), (201, 2)])
def test_reading_time_is_rounded_up(words: int, minutes: int) -> None:
    """A reader takes a minute for 200 words."""
    assert lambda_handler({"text": "word " * words}, None) == {"minutes": minutes}
