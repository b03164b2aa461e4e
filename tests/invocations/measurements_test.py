from typing import Any

import pytest

from artifacts.mounted_artifacts import candidates, works

RUNTIME = "python3.14"


@pytest.mark.skipif(
    not any(works(candidate) for candidate in candidates(RUNTIME)),
    reason=f"This machine has no working {RUNTIME}, neither on PATH nor in pyenv.",
)
def test_native_code_for_python_3_14(lambda_function: Any) -> None:
    """numpy and pydantic are imported from the layer, on the Python of the runtime."""
    measurements = lambda_function("src/measurements:fn")
    invocation = measurements.invoke({"sensor": "roof", "values": [1, 2, 6]})

    assert invocation.response == {"sensor": "roof", "mean": 3.0, "deviation": 2.160246899469287}
    assert "INIT_START Runtime Version: python:3.14" in invocation.logs
