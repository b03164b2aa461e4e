"""The files that a test gets for the functions that it lists."""

from __future__ import annotations

import json

from pants.backend.python.goals.pytest_runner import PytestPluginSetup
from pants.engine.addresses import Address

from aws_lambda.local.pytest_fixture import LambdaFixtureRequest
from aws_lambda.testing.app_files import HANDLER_FIELD, function_files
from aws_lambda.testing.repository import TrialRepository


def files_for(repository: TrialRepository, listed: list[str]) -> dict[str, bytes]:
    files = function_files(
        f'{HANDLER_FIELD}, layers=[":deps"]',
        more='lambda_layer(name="deps", dependencies=["src/lib"])',
    )
    repository.write(
        {
            **files,
            "src/lib/one.py": "",
            "src/lib/BUILD": "python_sources()",
            "src/app/api_test.py": "",
            "src/app/BUILD": str(files["src/app/BUILD"])
            + f"\npython_tests(name='tests', runtime_package_dependencies={listed!r})\n",
        }
    )
    address = Address("src/app", target_name="tests", relative_file_path="api_test.py")
    target = repository.runner.get_target(address)
    assert LambdaFixtureRequest.is_applicable(target) == bool(listed)
    setup = repository.runner.request(PytestPluginSetup, [LambdaFixtureRequest(target)])
    return repository.read_digest(setup.digest)


def test_listed_function_and_its_layers(repository: TrialRepository) -> None:
    """They are in the source root of the test, where Python finds the plugin and pytest its entry
    point.
    """
    files = files_for(repository, [":fn"])

    assert b"[pytest11]" in files["src/aws_lambda_emulator-1.dist-info/entry_points.txt"]
    assert "src/aws_lambda_emulator/pytest_plugin.py" in files
    (document,) = (path for path in files if path.endswith("/functions.json"))
    (function,) = json.loads(files[document])["functions"]
    folder = document.rpartition("/")[0]
    assert function["address"] == "src/app:fn"
    assert f"{folder}/{function['artifact']}" in files
    assert [path for path in files if path.endswith("/src.app/deps.zip")]
    assert [
        path for path in files if path.startswith(f"{folder}/{function['wheels']}/awslambdaric")
    ]


def test_test_without_functions(repository: TrialRepository) -> None:
    """Other packages do not add the emulator."""
    assert files_for(repository, [":deps"]) == {}
