from pathlib import Path

from artifacts.mounted_artifacts import artifact, invoke


def test_pex_as_a_function(tmp_path: Path) -> None:
    """In a PEX that Lambda unpacked, all modules can be imported below `__pex__`."""
    task_root = artifact("src.pex_app/fn.zip").unpack(tmp_path)

    assert invoke(
        task_root,
        "python3.13",
        "__pex__.pex_app.handler.lambda_handler",
        {"query": "a.b", "document": {"a": {"b": 3}}},
    ) == {"result": 3}
