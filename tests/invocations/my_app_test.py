from typing import Any


def test_reading_takes_a_minute_at_least(lambda_function: Any) -> None:
    """A module of the sources that is called `lambda_function` is the way in itself."""
    my_app = lambda_function("src/my_app:fn")

    assert my_app.invoke({"text": "a few words"}).response == {"minutes": 1}
