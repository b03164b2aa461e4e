from pathlib import Path
from typing import Any

import pytest

from artifacts.mounted_artifacts import artifact

LINES = [{"quantity": 3, "price": "1.10"}]
PARCEL = {"country": "NZ", "kilograms": 2}
QUOTE = {"country": "NZ", "price": 19.5, "currency": "EUR"}
ELSEWHERE = {"country": "XX", "kilograms": 2}
REFUSAL = {"error": "No parcels to XX.", "countries": ["AT", "CH", "NZ"]}
CREDENTIALS = {
    "type": "authorized_user",
    "client_id": "dummy",
    "client_secret": "dummy",
    "refresh_token": "dummy",
}

ANSWERS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "src.acme.invoices/fn.zip",
        {"order": "1", "lines": LINES},
        {"order": "1", "net": "3.30", "gross": "3.96"},
    ),
    ("src.acme.orders/fn.zip", {"order": "1", "lines": LINES}, {"order": "1", "total": "3.30"}),
    (
        "src.archiver/fn.zip",
        {"credentials": CREDENTIALS, "project": "p", "bucket": "b", "records": []},
        {"kept": []},
    ),
    ("src.cloudtrail/fn.zip", {"Records": []}, {"read": 0, "indexed": 0}),
    ("src.functions.add/fn.zip", {"numbers": [1, 2]}, {"sum": 3}),
    ("src.functions.multiply/fn.zip", {"numbers": [3, 2]}, {"product": 6}),
    ("src.greeter/fn.zip", {"name": "Ana", "language": "pt"}, {"greeting": "Olá, Ana!"}),
    (
        "src.legacy_orders/fn.zip",
        {"orders": [{"amount": 1}, {"amount": 3}]},
        {"total": 4, "median": 2},
    ),
    ("src.my_app/fn.zip", {"text": "a few words"}, {"minutes": 1}),
    ("src.my_lambda/fn.zip", PARCEL, QUOTE),
    ("src.my_lambda/fn.zip", ELSEWHERE, REFUSAL),
    ("src.my_lambda/own_name.zip", PARCEL, QUOTE),
    ("src.my_lambda/own_name.zip", ELSEWHERE, REFUSAL),
]


@pytest.mark.parametrize(("path", "event", "answer"), ANSWERS)
def test_answer_from_the_zip_and_its_layers(
    path: str, event: dict[str, Any], answer: dict[str, Any], tmp_path: Path
) -> None:
    """The zips contain all modules and files that the handler imports and reads."""
    assert artifact(path).answer(event, tmp_path) == answer


@pytest.mark.parametrize(
    ("path", "handler"),
    [
        ("src.functions.add/fn.zip", "lambda_function.handler"),
        ("src.greeter/fn.zip", "lambda_function.handler"),
        ("src.my_app/fn.zip", "lambda_function.handler"),
        ("src.my_lambda/fn.zip", "lambda_function.handler"),
        ("src.my_lambda/own_name.zip", "my_lambda.handler.lambda_handler"),
    ],
)
def test_reexport_of_the_handler(path: str, handler: str) -> None:
    """In AWS, every function has the same handler. With `reexport=""`, it has its own path."""
    function = artifact(path)

    assert function.metadata["handler"] == handler
    assert ("lambda_function.py" in function.files()) == handler.startswith("lambda_function.")


@pytest.mark.parametrize("handler", ["lambda_function.handler", "lambda_function.lambda_handler"])
def test_source_module_named_lambda_function(handler: str, tmp_path: Path) -> None:
    """Its copy in the artifact has the name `handler` next to AWS's default, `lambda_handler`."""
    function = artifact("src.greeter/fn.zip")

    assert function.answer({"name": "Ana"}, tmp_path, handler=handler) == {
        "greeting": "Hello, Ana!"
    }


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("src.my_lambda/fn.zip", "my_lambda/stuff/config.yml"),
        ("src.my_lambda/fn.zip", "my_lambda/stuff/data.csv"),
        ("src.shared/layer.zip", "python/shared/py.typed"),
    ],
)
def test_resources_are_next_to_the_code(path: str, resource: str) -> None:
    """Package data and `py.typed` have the paths that follow from their source root."""
    assert resource in artifact(path).files()


def test_layer_without_requirements() -> None:
    """With `include_requirements=False`, a layer contains only first-party files."""
    assert set(artifact("src.shared/layer.zip").importable()) == {
        "shared/__init__.py",
        "shared/operands.py",
        "shared/py.typed",
    }
