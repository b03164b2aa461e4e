import pytest

from lambda_function import lambda_handler


@pytest.mark.parametrize(
    ("event", "greeting"),
    [
        ({"name": "Ana", "language": "pt"}, "Olá, Ana!"),
        ({"name": "Ana", "language": "xx"}, "Hello, Ana!"),
        ({"name": "Ana"}, "Hello, Ana!"),
    ],
)
def test_greeting_in_the_language_of_the_caller(event: dict[str, str], greeting: str) -> None:
    """Without a language, and for an unknown one, the greeting is in English."""
    assert lambda_handler(event, None) == {"greeting": greeting}
