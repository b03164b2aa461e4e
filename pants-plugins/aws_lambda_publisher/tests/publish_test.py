"""Publishes artifacts to a moto server through the command line. The server records requests."""

from __future__ import annotations

from aws_lambda_publisher.tests.build_folder import BuildFolder
from aws_lambda_publisher.tests.lambda_account import LambdaAccount
from aws_lambda_publisher.tests.lambda_server import LambdaServer


def add_orders(build: BuildFolder, code: str = "v1") -> str:
    """Write a function with a layer, and return the function's SHA-256."""
    layer = build.add_layer("deps", ["requests/__init__", "urllib3/__init__"])
    return build.add_function("orders", code, [layer])


def test_first_publish_creates_everything(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """With a role, the layer is published and the function is created with it in one call."""
    code_sha256 = add_orders(build)
    build.options["role"] = account.role

    published = account.publish()

    assert published.exit_code == 0, published.output
    assert server.writes() == [
        ("PublishLayerVersion", "deps"),
        ("CreateFunction", "orders"),
    ]
    assert account.read("orders")["CodeSha256"] == code_sha256
    assert account.layer_names("orders") == ["deps:1"]


def test_second_publish_writes_nothing(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """If AWS is in the wanted state, there is no write, and one read per function."""
    add_orders(build)
    account.create_all()

    published = account.publish()

    assert published == (0, "Plan: nothing to do; 2 up to date.\n")
    assert server.counts() == {"ListLayerVersions": 1, "GetLayerVersion": 1, "GetFunction": 1}
