"""Publishes artifacts to a moto server through the command line. The server records requests."""

from __future__ import annotations

import json
import socket
import threading
import zipfile
from pathlib import Path

import boto3
import pytest

from aws_lambda_publisher import update_order, uploads
from aws_lambda_publisher.aws_reading import Patience
from aws_lambda_publisher.tests.build_folder import BuildFolder
from aws_lambda_publisher.tests.lambda_account import (
    ACCESS_KEY,
    SECRET_KEY,
    LambdaAccount,
    Published,
)
from aws_lambda_publisher.tests.lambda_server import ACCOUNT, Fault, LambdaServer


def add_orders(build: BuildFolder, code: str = "v1") -> str:
    """Write a function with a layer, and return the function's SHA-256."""
    layer = build.add_layer("deps", ["requests/__init__", "urllib3/__init__"])
    return build.add_function("orders", code, [layer])


def publish_foreign_layer(account: LambdaAccount, name: str) -> str:
    """Publish a layer as another tool does, and return its ARN."""
    answer = account.client.publish_layer_version(LayerName=name, Content={"ZipFile": b"other"})
    account.forget()
    return str(answer["LayerVersionArn"])


def test_first_publish_creates_everything(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """With a role, the layer is published and the function is created with it in one call."""
    code_sha256 = add_orders(build)
    build.options["role"] = account.role

    published = account.publish()

    assert published.exit_code == 0, published.output
    assert published.output == (
        "layer deps (src:deps)\n"
        "  publish  0.3 KB, python3.13, x86_64; the layer is new\n"
        "function orders (src:orders)\n"
        "  create  0.1 KB, python3.13, x86_64, lambda_function.handler\n"
        "  layers  deps:new\n"
        "Plan: publish 1 layer version, create 1 function.\n"
        "deps: published version 1\n"
        "orders: created the function\n"
    )
    assert server.writes() == [("PublishLayerVersion", "deps"), ("CreateFunction", "orders")]
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


def test_changed_code_is_uploaded(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """New code is one write. The function keeps its layers."""
    add_orders(build)
    account.create_all()
    code_sha256 = add_orders(build, "v2")

    published = account.publish()

    assert published.exit_code == 0, published.output
    assert server.writes() == [("UpdateFunctionCode", "orders")]
    assert account.read("orders")["CodeSha256"] == code_sha256
    assert account.layer_names("orders") == ["deps:1"]


def test_changed_layer_is_published_and_attached(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """New content of a layer is a version, which the function attaches."""
    add_orders(build)
    account.create_all()
    build.add_layer("deps", ["requests/__init__", "urllib3/__init__", "idna/__init__"])

    published = account.publish()

    assert published.exit_code == 0, published.output
    assert "  layers  deps:1 -> deps:new\n" in published.output
    assert server.writes() == [
        ("PublishLayerVersion", "deps"),
        ("UpdateFunctionConfiguration", "orders"),
    ]
    assert account.layer_names("orders") == ["deps:2"]


def test_layers_first_if_they_contain_more(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """The old code runs with a superset for a moment, and the plan says so."""
    add_orders(build)
    account.create_all()
    layer = build.add_layer("deps", ["requests/__init__", "urllib3/__init__", "idna/__init__"])
    build.add_function("orders", "import idna", [layer])

    published = account.publish()

    assert (
        "  not in one call: the old code runs with the new layers for a moment, which contain "
        "everything in the old ones; with `--aws-lambda-alias NAME`, traffic moves in one call\n"
    ) in published.output
    assert [operation for operation, _ in server.writes()] == [
        "PublishLayerVersion",
        "UpdateFunctionConfiguration",
        "UpdateFunctionCode",
    ]


def test_code_first_if_a_layer_loses_modules(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """The old code never runs without modules of its layers."""
    add_orders(build)
    account.create_all()
    layer = build.add_layer("deps", ["requests/__init__"])
    build.add_function("orders", "without urllib3", [layer])

    published = account.publish()

    assert "the new code runs with the old layers for a moment, which contain everything" in (
        published.output
    )
    assert [operation for operation, _ in server.writes()] == [
        "PublishLayerVersion",
        "UpdateFunctionCode",
        "UpdateFunctionConfiguration",
    ]


def test_code_first_if_the_sum_is_too_large(
    account: LambdaAccount,
    build: BuildFolder,
    server: LambdaServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A module that moves from the function to a layer must not be counted twice in between."""
    monkeypatch.setattr(update_order, "MAX_UNZIPPED_BYTES", 2_500_000)
    layer = build.add_layer("deps", ["requests/__init__"])
    build.add_function("orders", "large", [layer], size=2_000_000)
    account.create_all()
    layer = build.add_layer("deps", ["requests/__init__", "numpy/__init__"], size=1_000_000)
    build.add_function("orders", "small", [layer], size=1_000_000)

    published = account.publish()

    assert (
        "the old code with the new layers has 2.9 MB, more than AWS's 2.4 MB, without modules "
        "of numpy" in published.output
    )
    assert [operation for operation, _ in server.writes()][1:] == [
        "UpdateFunctionCode",
        "UpdateFunctionConfiguration",
    ]


def test_handler_runtime_and_architecture_change(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """Handler and runtime are set in one call, and the architecture with the code."""
    build.add_function("orders", "v1")
    account.create_all()
    build.add_function(
        "orders", "v1", handler="app.run", runtime="python3.14", architecture="arm64"
    )

    published = account.publish()

    assert published.exit_code == 0, published.output
    now = account.read("orders")
    assert (now["Handler"], now["Runtime"], now["Architectures"]) == (
        "app.run",
        "python3.14",
        ["arm64"],
    )
    assert [operation for operation, _ in server.writes()] == [
        "UpdateFunctionConfiguration",
        "UpdateFunctionCode",
    ]


def test_ten_functions_share_a_layer(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """A shared layer is published once."""
    layer = build.add_layer("deps", ["requests/__init__"])
    for number in range(10):
        build.add_function(f"fn{number}", f"code {number}", [layer])
    build.options["role"] = account.role

    published = account.publish()

    assert published.exit_code == 0, published.output
    assert server.counts()["PublishLayerVersion"] == 1
    assert {tuple(account.layer_names(f"fn{number}")) for number in range(10)} == {("deps:1",)}


def test_layer_is_found_on_a_later_page(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """A content that was published long ago is not published again."""
    add_orders(build)
    account.create_all()
    for number in range(4):
        build.add_layer("deps", {"requests/__init__": f"VERSION = {number}"})
        assert account.publish().exit_code == 0
    add_orders(build)
    account.forget()
    server.page_size = 2

    published = account.publish()

    assert published.exit_code == 0, published.output
    assert server.counts()["ListLayerVersions"] == 3
    assert server.writes() == [("UpdateFunctionConfiguration", "orders")]
    assert account.layer_names("orders") == ["deps:1"]


def test_description_is_confirmed_by_the_bytes(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """A version whose description has the hash, but whose zip has other files, does not count."""
    layer = build.add_layer("deps", ["requests/__init__"])
    content = build.read_metadata(layer)["content_sha256"]
    account.client.publish_layer_version(
        LayerName="deps",
        Description=f"content_sha256={content}",
        Content={"ZipFile": b"other bytes"},
        CompatibleRuntimes=["python3.13"],
        CompatibleArchitectures=["x86_64"],
    )
    account.forget()

    published = account.publish()

    assert published.exit_code == 0
    assert "no version has this content" in published.output
    assert server.writes() == [("PublishLayerVersion", "deps")]


def test_equal_files_in_other_bytes_are_equal(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """Two machines whose zlib differs publish one version, and do not replace each other's code."""
    add_orders(build)
    account.create_all()
    before = account.read("orders")["CodeSha256"]
    build.compression = zipfile.ZIP_STORED
    assert add_orders(build) != before

    published = account.publish()
    check = account.publish("--check")
    counts = server.counts()
    build.options["publish_version"] = True
    version = account.publish()

    assert (published, check.exit_code) == ((0, "Plan: nothing to do; 2 up to date.\n"), 0)
    # For each of the two zips, its directory and the zip.
    assert counts["DownloadZip"] == 8
    assert version.output.endswith("orders: published version 1\n")
    assert server.writes() == [("PublishVersion", "orders")]
    assert account.read("orders")["CodeSha256"] == before


def test_changed_code_is_not_downloaded(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """The directory of the zip in AWS shows that the code changed."""
    add_orders(build)
    account.create_all()
    add_orders(build, "v2")

    account.publish()

    assert server.counts()["DownloadZip"] == 1


def test_forged_directory_does_not_count(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer, tmp_path: Path
) -> None:
    """Files with the same paths, sizes and CRC-32 are compared, too."""
    layer = build.add_layer("deps", {"requests": "plumless"})
    (tmp_path / "forged").mkdir()
    forged = BuildFolder(tmp_path / "forged")
    forged.add_layer("deps", {"requests": "buckeroo"})
    content = build.read_metadata(layer)["content_sha256"]
    account.client.publish_layer_version(
        LayerName="deps",
        Description=f"content_sha256={content}",
        Content={"ZipFile": (forged.path / layer).read_bytes()},
        CompatibleRuntimes=["python3.13"],
        CompatibleArchitectures=["x86_64"],
    )
    account.forget()

    published = account.publish()

    assert published.exit_code == 0, published.output
    assert server.counts()["DownloadZip"] == 2
    assert server.writes() == [("PublishLayerVersion", "deps")]


def test_missing_function_prints_the_commands(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """Without a role, the layers are published and the commands that create the function are printed."""
    add_orders(build)

    published = account.publish()

    assert published.exit_code == 1
    assert published.output == (
        "layer deps (src:deps)\n"
        "  publish  0.3 KB, python3.13, x86_64; the layer is new\n"
        "function orders (src:orders)\n"
        "  does not exist\n"
        "Plan: publish 1 layer version; 1 error.\n"
        "deps: published version 1\n"
        "\n"
        "FunctionMissing: The function orders (src:orders) does not exist in eu-west-1.\n"
        "\n"
        "The publisher creates no role, so it creates a function only with a role that you give.\n"
        "\n"
        "To fix, set `--aws-lambda-role ARN`, or create the function:\n"
        "\n"
        "  pants package src:orders\n"
        "  aws lambda create-function \\\n"
        "    --function-name orders \\\n"
        "    --runtime python3.13 \\\n"
        "    --architectures x86_64 \\\n"
        "    --handler lambda_function.handler \\\n"
        "    --role arn:aws:iam::123456789012:role/ROLE \\\n"
        "    --layers arn:aws:lambda:eu-west-1:123456789012:layer:deps:1 \\\n"
        "    --zip-file fileb://dist/src/orders.zip \\\n"
        "    --region eu-west-1\n"
    )
    assert server.writes() == [("PublishLayerVersion", "deps")]


def test_dry_run_and_check_write_nothing(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer, tmp_path: Path
) -> None:
    """`--dry-run` exits with 2 and `--check` with 1 if AWS differs, and both with 0 if not."""
    add_orders(build)
    account.create_all()
    current = [account.publish("--dry-run").exit_code, account.publish("--check").exit_code]
    add_orders(build, "v2")
    results = tmp_path / "results"

    dry_run = account.publish("--dry-run", "--results", str(results))
    check = account.publish("--check")

    assert (current, dry_run.exit_code, check.exit_code) == ([0, 0], 2, 1)
    assert server.writes() == []
    assert [
        (each["address"], each["exit_code"], each["status"])
        for each in (json.loads(path.read_text()) for path in sorted(results.iterdir()))
    ] == [("src:deps", 0, "unchanged"), ("src:orders", 2, "planned")]


def test_check_finds_another_layer_version(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """A function that attaches another version than it was split against has drifted."""
    add_orders(build)
    account.create_all()
    other = publish_foreign_layer(account, "deps")
    account.attach("orders", [other])

    published = account.publish("--check")

    assert published == (
        1,
        "function orders (src:orders)\n"
        "  layers  deps:2 -> deps:1\n"
        "Plan: update 1 function; 1 up to date.\n",
    )
    assert server.writes() == []


def test_layers_of_others_are_kept(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """A layer whose name is not ours stays at its place, unless `replace_layers` is set."""
    add_orders(build)
    account.create_all()
    datadog = publish_foreign_layer(account, "Datadog")
    own = account.read("orders")["Layers"][0]["Arn"]
    account.attach("orders", [datadog, own])
    unchanged = account.publish()
    build.add_layer("deps", ["requests/__init__"])
    account.publish()
    kept = account.layer_names("orders")
    build.options["replace_layers"] = True
    account.publish()

    assert unchanged == (0, "Plan: nothing to do; 2 up to date.\n")
    assert kept == ["Datadog:1", "deps:2"]
    assert account.layer_names("orders") == ["deps:2"]


def test_own_layer_that_is_not_wanted_is_removed(
    account: LambdaAccount, build: BuildFolder
) -> None:
    """A layer that the publisher published earlier does not count as a layer of others."""
    add_orders(build)
    account.create_all()
    build.add_function("orders", "all in one")
    build.layers.clear()

    published = account.publish()

    assert published.exit_code == 0, published.output
    assert account.layer_names("orders") == []


def test_too_many_layers_with_those_of_others(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """The layers are counted before the first write."""
    add_orders(build)
    account.create_all()
    others = [publish_foreign_layer(account, f"other{number}") for number in range(4)]
    account.attach("orders", others)
    second = build.add_layer("second", ["numpy/__init__"])
    build.add_function("orders", "v1", ["src/deps.zip", second])
    account.publish()

    published = account.publish()

    assert published.exit_code == 1
    assert (
        "TooManyLayers: The function orders (src:orders) would have 6 layers.\n"
        "\n"
        "  deps:1    from this build\n"
        "  second:1  from this build\n"
        "  other0:1  attached by others\n" in published.output
    )
    assert server.counts()["UpdateFunctionConfiguration"] == 0


def test_layer_of_another_account_is_attached_by_arn(
    account: LambdaAccount, build: BuildFolder
) -> None:
    """`{region}`, `{partition}` and `{account}` in ARNs are those of the credentials."""
    publish_foreign_layer(account, "insights")
    build.add_function(
        "orders", "v1", ["arn:{partition}:lambda:{region}:{account}:layer:insights:1"]
    )
    build.options["role"] = account.role

    assert account.publish().exit_code == 0
    assert account.layer_names("orders") == ["insights:1"]


def test_alias_moves_after_the_smoke_test(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer, tmp_path: Path
) -> None:
    """A version is published and invoked before the alias points to it."""
    (tmp_path / "event.json").write_text('{"ping": true}')
    build.options.update(alias="live", smoke_event="event.json")
    add_orders(build)
    account.create_all()
    add_orders(build, "v2")

    published = account.publish()

    assert published.exit_code == 0, published.output
    assert [
        each.operation
        for each in server.requests
        if each.operation in ("Invoke", "PublishVersion", "UpdateAlias", "UpdateFunctionCode")
    ] == ["UpdateFunctionCode", "PublishVersion", "Invoke", "UpdateAlias"]
    assert published.output.endswith(
        "orders: uploaded the code, published version 2, invoked version 2 with the smoke event, "
        "moved the alias live to version 2\n"
    )
    account.forget()
    assert account.publish() == (0, "Plan: nothing to do; 2 up to date.\n")
    assert server.writes() == []


def test_failed_smoke_test_keeps_the_alias(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer, tmp_path: Path
) -> None:
    """A function error leaves the alias where it was, and the exit code is 1."""
    (tmp_path / "event.json").write_text("{}")
    build.options.update(alias="live", smoke_event="event.json")
    add_orders(build)
    account.create_all()
    add_orders(build, "v2")
    error = {"errorType": "KeyError", "errorMessage": "'ping'"}
    server.answers["orders"] = (json.dumps(error).encode(), "Unhandled")

    published = account.publish()

    assert published.exit_code == 1
    assert (
        "SmokeTestFailed: Version 2 of the function orders (src:orders) failed the smoke test. The "
        "alias live stays at version 1.\n"
        "\n"
        "  error      KeyError: 'ping'\n"
        "  completed  uploaded the code\n"
        "  completed  published version 2\n" in published.output
    )
    assert account.read("orders", "live")["Version"] == "1"
    server.answers.clear()
    assert account.publish().exit_code == 0
    assert account.read("orders", "live")["CodeSha256"] == account.read("orders")["CodeSha256"]


def test_version_without_alias(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """`publish_version` alone publishes one version per state."""
    build.options["publish_version"] = True
    add_orders(build)
    account.create_all()

    assert account.publish() == (0, "Plan: nothing to do; 2 up to date.\n")
    assert server.counts()["ListVersionsByFunction"] == 1
    assert account.read("orders", "1")["CodeSha256"] == account.read("orders")["CodeSha256"]


def test_large_zip_goes_through_s3_once(
    account: LambdaAccount,
    build: BuildFolder,
    server: LambdaServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Over the limit of a request, the zip is an object whose key is its hash."""
    s3 = boto3.client("s3", endpoint_url=server.url)
    s3.create_bucket(
        Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    build.options.update(role=account.role, s3_bucket="artifacts")
    monkeypatch.setattr(uploads, "MAX_DIRECT_BYTES", 1000)
    layer = build.add_layer("deps", ["requests/__init__"], size=2_000_000)
    build.add_function("orders", "large", [layer], size=2_000_000)
    build.add_function("billing", "large", [layer], size=2_000_000)
    account.forget()

    published = account.publish()

    assert published.exit_code == 0, published.output
    assert server.counts()["PutObject"] == 2
    assert account.read("orders")["CodeSize"] == account.read("billing")["CodeSize"] > 1000
    account.forget()
    account.publish()
    assert server.counts()["PutObject"] == server.counts()["HeadObject"] == 0


def test_too_large_without_a_bucket(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """A zip over the limit is refused before its first request if there is no bucket."""
    build.add_function("orders", "v1")
    build.change_metadata("src/orders.zip", zip_bytes=52_428_801)
    build.add_function("billing", "v1")
    build.change_metadata("src/billing.zip", total_unzipped_bytes=262_144_001)

    published = account.publish()

    assert published == (
        1,
        "Plan: nothing to do; 2 errors.\n"
        "\n"
        "ArtifactTooLarge: The function orders (src:orders) is too large for a direct upload.\n"
        "\n"
        "  zip          50.0 MB\n"
        "  AWS's limit  50.0 MB\n"
        "\n"
        "A larger zip must be uploaded to S3 first.\n"
        "\n"
        "To fix, set `[aws-lambda].s3_bucket` to a bucket in the function's region.\n"
        "\n"
        "ArtifactTooLarge: The function billing (src:billing) is larger than Lambda accepts.\n"
        "\n"
        "  unzipped, with layers  250.0 MB\n"
        "  AWS's limit            250.0 MB\n"
        "\n"
        "To fix, leave files out with `exclude`, or remove dependencies.\n",
    )
    assert server.counts() == {}


def test_code_signed_function_is_refused(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """AWS accepts only signed code for the function, so nothing is changed."""
    build.add_function("orders", "v1")
    arn = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:code-signing-config:csc-0f6c334abcdea4d8b"
    account.client.create_function(
        FunctionName="orders",
        Role=account.role,
        Runtime="python3.13",
        Handler="lambda_function.handler",
        Code={"ZipFile": b"signed"},
        CodeSigningConfigArn=arn,
    )
    account.forget()

    published = account.publish()

    assert published.exit_code == 1
    assert (
        "CodeSigned: The function orders (src:orders) accepts only signed code. Nothing was "
        f"changed.\n\n  code signing  {arn}\n" in published.output
    )
    assert server.writes() == []


def test_two_targets_with_one_name(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """The second target would replace the first, so no request is sent."""
    build.add_function("orders", "v1")
    build.functions["again"] = {**build.functions["orders"], "address": "src:again"}

    published = account.publish()

    assert published == (
        1,
        "DuplicateName: Several targets have the same function name in AWS. Nothing was "
        "published.\n"
        "\n"
        "  orders  src:again\n"
        "  orders  src:orders\n"
        "\n"
        "The last one published would replace the others.\n"
        "\n"
        "To fix, give each target its own `function_name`, or publish them separately.\n",
    )
    assert server.requests[-1].operation == "Query"


def test_missing_credentials(
    account: LambdaAccount, build: BuildFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without credentials, no request is sent."""
    add_orders(build)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    published = account.publish()

    assert published == (
        1,
        "MissingCredentials: boto3 found no AWS credentials.\n"
        "\n"
        "  looked for  AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\n"
        "              the profile default in ~/.aws\n"
        "              the role of this machine\n"
        "\n"
        "To fix, run `aws configure` or `aws sso login`, or set `AWS_PROFILE`.\n",
    )


def test_region_with_a_typing_error(
    account: LambdaAccount, build: BuildFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A region that boto3 does not know is named if its server cannot be found."""

    def find_nothing(host: str, *_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    build.add_function("orders", "v1")
    del build.options["endpoint_url"]
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-wst-1")
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr("aws_lambda_publisher.aws_clients._ATTEMPTS_IN_UNKNOWN_REGION", 1)
    monkeypatch.setattr(socket, "getaddrinfo", find_nothing)

    published = account.publish()

    assert published == (
        1,
        "UnknownRegion: boto3 does not know the AWS region eu-wst-1, and cannot reach it. Nothing "
        "was published.\n"
        "\n"
        "  similar regions  eu-west-1, us-west-1, eu-west-3\n"
        "  error            Could not connect to the endpoint URL: "
        '"https://lambda.eu-wst-1.amazonaws.com/2015-03-31/functions/orders"\n'
        "\n"
        "To fix, set the region, such as `AWS_REGION=eu-west-1`. If AWS has a new region eu-wst-1, "
        "check the network.\n",
    )


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("UnrecognizedClientException", 403, "InvalidCredentials"),
        ("InvalidSignatureException", 403, "InvalidCredentials"),
        ("ExpiredTokenException", 403, "ExpiredCredentials"),
    ],
)
def test_refused_credentials(
    account: LambdaAccount,
    build: BuildFolder,
    server: LambdaServer,
    code: str,
    status: int,
    error: str,
) -> None:
    """Ten functions get one message, since it is about the account."""
    for number in range(10):
        build.add_function(f"fn{number}", "v1")
    server.faults.append(
        Fault("GetFunction", times=10, status=status, code=code, message="The token is invalid.")
    )

    published = account.publish()

    assert published.exit_code == 1
    assert published.output.startswith(f"{error}: ")
    assert published.output.count("To fix") == 1
    assert "request  GetFunction\n" in published.output
    assert f"answer   {code}: The token is invalid.\n" in published.output


def test_denied_action_names_the_policy(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """The message has the statement to add, from AWS's own words."""
    add_orders(build)
    account.create_all()
    add_orders(build, "v2")
    arn = account.read("orders")["FunctionArn"]
    server.faults.append(
        Fault(
            "UpdateFunctionCode",
            status=403,
            code="AccessDeniedException",
            message=f"User: arn:aws:iam::{ACCOUNT}:user/ci is not authorized to perform: "
            f"lambda:UpdateFunctionCode on resource: {arn} because no identity-based policy allows "
            "the lambda:UpdateFunctionCode action",
        )
    )

    published = account.publish()

    assert published.exit_code == 1
    assert published.output.endswith(
        "To fix, add this statement to a policy of the user or role:\n"
        "\n"
        '  {"Effect": "Allow", "Action": ["lambda:UpdateFunctionCode"], '
        f'"Resource": "{arn}"}}\n'
    )


def test_invalid_role(account: LambdaAccount, build: BuildFolder) -> None:
    """AWS checks the role when it creates the function."""
    build.add_function("orders", "v1")
    build.options["role"] = account.role.replace("functions", "other")

    published = account.publish()

    assert published.exit_code == 1
    assert "InvalidRole: Lambda cannot use the role of the function orders" in published.output


def test_throttled_requests_are_repeated(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """botocore repeats requests, and the publisher those that botocore must not repeat."""
    add_orders(build)
    build.options["role"] = account.role
    server.faults += [
        Fault("GetFunction", 1, 429, "TooManyRequestsException", "Rate exceeded"),
        Fault("PublishLayerVersion", 3, 429, "TooManyRequestsException", "Rate exceeded"),
    ]

    published = account.publish()

    assert published.exit_code == 0, published.output
    assert server.counts()["PublishLayerVersion"] == 4
    assert server.writes() == [("PublishLayerVersion", "deps"), ("CreateFunction", "orders")]


def test_lost_answer_does_not_publish_a_layer_twice(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """If the connection fails after AWS has published a version, the publisher finds it."""
    add_orders(build)
    build.options["role"] = account.role
    server.faults.append(Fault("PublishLayerVersion", after=True))

    published = account.publish()

    assert published.exit_code == 0, published.output
    assert server.counts()["PublishLayerVersion"] == 1
    assert account.layer_names("orders") == ["deps:1"]


def test_lost_answer_of_an_update(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """botocore sends the update again, AWS refuses its revision, and the plan is made again."""
    add_orders(build)
    account.create_all()
    code_sha256 = add_orders(build, "v2")
    server.faults.append(Fault("UpdateFunctionCode", after=True))

    published = account.publish()

    assert published.exit_code == 0, published.output
    assert account.read("orders")["CodeSha256"] == code_sha256
    assert [each.status for each in server.requests if each.operation == "UpdateFunctionCode"] == [
        0,
        409,
    ]


def test_connection_that_stays_lost(
    account: LambdaAccount,
    build: BuildFolder,
    server: LambdaServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The message says which steps are complete. The next publish does the others."""
    monkeypatch.setattr("aws_lambda_publisher.aws_clients.MAX_ATTEMPTS", 1)
    add_orders(build)
    account.create_all()
    layer = build.add_layer("deps", ["requests/__init__", "urllib3/__init__", "idna/__init__"])
    code_sha256 = build.add_function("orders", "import idna", [layer])
    server.faults.append(Fault("UpdateFunctionCode", times=1))

    lost = account.publish()
    account.forget()
    published = account.publish()

    assert lost.exit_code == 1
    assert (
        "ConnectionLost: The connection to AWS failed, also after retries, while publishing the "
        "function orders (src:orders).\n" in lost.output
    )
    assert "  completed  set layers\n" in lost.output
    assert published.exit_code == 0
    assert server.writes() == [("UpdateFunctionCode", "orders")]
    assert account.read("orders")["CodeSha256"] == code_sha256


def test_update_in_progress_is_awaited(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """While AWS applies another update, it refuses writes, and the publisher waits."""
    add_orders(build)
    account.create_all()
    server.polls = 4
    account.client.update_function_configuration(FunctionName="orders", Description="theirs")
    code_sha256 = add_orders(build, "v2")
    account.forget()

    published = account.publish()

    assert published.exit_code == 0, published.output
    assert [each.status for each in server.requests if each.operation == "UpdateFunctionCode"] == [
        409,
        200,
    ]
    assert account.read("orders")["CodeSha256"] == code_sha256


def test_function_that_keeps_changing(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """The number of plans is bounded."""
    add_orders(build)
    account.create_all()
    add_orders(build, "v2")
    server.faults.append(
        Fault(
            "UpdateFunctionCode",
            times=99,
            status=412,
            code="PreconditionFailedException",
            message="The Revision Id does not match",
        )
    )

    published = account.publish(patience=Patience(0.001, 0.001, 1.0, rounds=3))

    assert published.exit_code == 1
    assert (
        "FunctionKeepsChanging: The function orders (src:orders) changed each time that it was to "
        "be updated, 3 times.\n" in published.output
    )
    assert server.counts()["UpdateFunctionCode"] == 3


def test_failed_update_reports_the_reason(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """AWS accepts an update and reports later that it failed."""
    add_orders(build)
    account.create_all()
    add_orders(build, "v2")
    server.failures["orders"] = "InvalidConfiguration: the subnet has no free addresses"

    published = account.publish()

    assert published.exit_code == 1
    assert (
        "UpdateFailed: AWS could not update the function orders.\n"
        "\n"
        "  State             Active\n"
        "  LastUpdateStatus  Failed InvalidConfiguration: the subnet has no free addresses\n"
        in published.output
    )


def test_two_publishes_at_once(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer, tmp_path: Path
) -> None:
    """Both end without an error, and the function has the code and the layers of one of them."""
    add_orders(build)
    account.create_all()
    other = BuildFolder(tmp_path / "other", options=dict(build.options))
    other.path.mkdir()
    wanted = {}
    for folder, version in ((build, "A"), (other, "B")):
        layer = folder.add_layer("deps", {"requests/__init__": f"VERSION = {version!r}"})
        code = folder.add_function("orders", f"code {version}", [layer])
        wanted[code] = folder.read_metadata(layer)["code_sha256"]
    runs: list[Published] = []
    second = LambdaAccount.__new__(LambdaAccount)
    second.__dict__.update(account.__dict__, build=other)
    threads = [
        threading.Thread(target=lambda each=each: runs.append(each.publish()))
        for each in (account, second)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [each.exit_code for each in runs] == [0, 0], runs
    now = account.read("orders")
    name, version = account.layer_names("orders")[0].split(":")
    layer_now = account.client.get_layer_version(LayerName=name, VersionNumber=int(version))
    assert wanted[now["CodeSha256"]] == layer_now["Content"]["CodeSha256"]


def test_credentials_are_never_printed(
    account: LambdaAccount, build: BuildFolder, server: LambdaServer
) -> None:
    """Text from AWS or from URLs can contain credentials."""
    build.add_function("orders", "v1")
    build.options["endpoint_url"] = server.url.replace("://", "://user:hunter2@")
    server.faults.append(
        Fault(
            "GetFunction",
            status=400,
            code="ValidationException",
            message=f"{ACCESS_KEY} {SECRET_KEY} https://bucket/zip?X-Amz-Signature=abcdef&X=1 "
            "https://user:hunter2@proxy:8080",
        )
    )

    published = account.publish()

    assert published.exit_code == 1
    assert "[hidden] [hidden] https://bucket/zip?X-Amz-Signature=[hidden]&X=1" in published.output
    assert "hunter2" not in published.output
