from typing import Any


def test_greeting_in_the_requested_language(lambda_function: Any) -> None:
    """A handler with AWS's default name, `lambda_handler`, is also available as `handler`."""
    greeter = lambda_function("src/greeter:fn")

    assert greeter.invoke({"name": "Ana", "language": "pt"}).response == {"greeting": "Olá, Ana!"}
