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
def test_callers_are_greeted_in_their_language(event: dict[str, str], greeting: str) -> None:
    """English stands in for an unknown language and for none."""
    assert lambda_handler(event, None) == {"greeting": greeting}
