from typing import Any


def test_a_greeting_in_the_language_asked_for(lambda_function: Any) -> None:
    """AWS's own default name, `lambda_function.lambda_handler`, answers as `handler` too."""
    greeter = lambda_function("src/greeter:fn")

    assert greeter.invoke({"name": "Ana", "language": "pt"}).response == {"greeting": "Olá, Ana!"}
