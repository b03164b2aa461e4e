from __future__ import annotations

import pytest

from aws_lambda.tailor.data_files import is_data_file


@pytest.mark.parametrize(
    "name",
    ["rates.csv", "schema.json", "config.yml", "mail.html", "page.j2", "model.onnx", "bundle.pem"],
)
def test_files_that_code_reads_are_data(name: str) -> None:
    """Every name that is not known to be for people or tools."""
    assert is_data_file(name)


@pytest.mark.parametrize(
    "name",
    [
        *("handler.py", "types.pyi", "py.typed", "BUILD", "BUILD.pants", "index.ts", "run.sh"),
        *("README.md", "LICENSE", "CHANGELOG.txt", ".gitignore", ".env", "prod.env"),
        *("requirements.txt", "requirements-dev.txt", "uv.lock", "package-lock.json", "Pipfile"),
        *("pyproject.toml", "Makefile", "Dockerfile", "Dockerfile.dev", "docker-compose.yml"),
        *("template.yaml", "serverless.yml", "samconfig.toml", "cdk.json", "main.tf"),
        *("event.json", "s3_event.json", "test_data.json", "function.zip", "private.key", "a.csv~"),
    ],
)
def test_files_for_people_and_tools_are_no_data(name: str) -> None:
    """Code, texts, settings, templates, sample events, build results and secrets."""
    assert not is_data_file(name)
