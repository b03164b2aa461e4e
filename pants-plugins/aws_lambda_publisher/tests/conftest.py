"""A server and a folder with artifacts for each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import botocore.loaders  # pants: no-infer-dep
import botocore.session  # pants: no-infer-dep
import pytest

from aws_lambda_publisher.tests.build_folder import BuildFolder
from aws_lambda_publisher.tests.lambda_account import ACCESS_KEY, SECRET_KEY, LambdaAccount
from aws_lambda_publisher.tests.lambda_server import REGION, LambdaServer, start_server


@pytest.fixture(scope="session")
def _running_server() -> Iterator[LambdaServer]:
    with start_server() as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def _shared_service_models() -> Iterator[None]:
    """Let all sessions of boto3 parse the descriptions of services once."""
    loader = botocore.loaders.create_loader(os.environ.get("AWS_DATA_PATH"))
    patch = pytest.MonkeyPatch()
    patch.setattr(
        botocore.session.Session,
        "_register_data_loader",
        lambda session: session._components.register_component("data_loader", loader),
    )
    yield
    patch.undo()


@pytest.fixture
def server(_running_server: LambdaServer) -> LambdaServer:
    _running_server.reset()
    return _running_server


@pytest.fixture
def build(tmp_path: Path) -> BuildFolder:
    return BuildFolder(tmp_path)


@pytest.fixture
def account(
    server: LambdaServer,
    build: BuildFolder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> LambdaAccount:
    """An account at the server, with a role for functions, and credentials in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    build.options["endpoint_url"] = server.url
    return LambdaAccount(server, build, capsys)
