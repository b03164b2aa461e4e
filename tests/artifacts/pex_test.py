from pathlib import Path

from artifacts.mounted import artifact, invoke


def test_a_pex_is_a_function_as_it_is(tmp_path: Path) -> None:
    """Unpacked by Lambda, a PEX gives its modules, and what they need, below `__pex__`."""
    task_root = artifact("src.pex_app/fn.zip").unpack(tmp_path)

    assert invoke(
        task_root,
        "python3.13",
        "__pex__.pex_app.handler.lambda_handler",
        {"query": "a.b", "document": {"a": {"b": 3}}},
    ) == {"result": 3}
