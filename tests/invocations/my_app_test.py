from typing import Any


def test_source_module_named_lambda_function(lambda_function: Any) -> None:
    """The handler in the module `lambda_function` of a package is re-exported like any other."""
    my_app = lambda_function("src/my_app:fn")

    assert my_app.invoke({"text": "a few words"}).response == {"minutes": 1}
