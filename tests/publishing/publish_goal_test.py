"""The goal `publish` with real Pants, PEX and boto3. A moto server records the requests."""

from __future__ import annotations

import dataclasses
import json
import random
import re
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from aws_lambda_publisher.tests.lambda_server import ACCOUNT, REGION, LambdaServer, start_server
from aws_lambda_publisher.uploads import MAX_DIRECT_BYTES

from trial_repository.machine import EMPTY, CompletedRun, Machine
from trial_repository.pants_toml import pants_toml

ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
TOKEN = "IQoJb3JpZ2luX2VjEXAMPLETOKEN"

ROLE = f"arn:aws:iam::{ACCOUNT}:role/functions"
# Reads that a publish of both functions needs if the layer has a version.
ALL_READS = {"GetFunction": 2, "ListLayerVersions": 1, "GetLayerVersion": 1}

FILES = {
    "pants.toml": pants_toml({"default": "3.13"}),
    "3rdparty/python/BUILD": 'python_requirement(name="humanize", requirements=["humanize"])\n',
    "3rdparty/python/default.constraints.txt": "",
    "src/orders/BUILD": """\
python_sources()
lambda_layer(name="deps", requirements_of=[":api", ":worker"], layer_name="orders-deps")
lambda_function(
    name="api",
    handler="api.py:handler",
    layers=[":deps"],
    function_name="orders-api",
)
lambda_function(
    name="worker",
    handler="worker.py:handler",
    layers=[
        ":deps",
        "arn:{partition}:lambda:{region}:{account}:layer:insights:1",
    ],
    function_name="orders-worker",
)
lambda_function(name="unnamed", handler="worker.py:handler")
""",
    "src/orders/api.py": "import humanize\n\n\ndef handler(event, context):\n    return humanize\n",
    "src/orders/worker.py": "import humanize\n\n\ndef handler(event, context):\n    return humanize\n",
    "src/large/BUILD": """\
python_sources()
resource(name="noise", source="noise.bin")
lambda_function(
    name="fn",
    handler="large.py:handler",
    dependencies=[":noise"],
    function_name="large",
)
""",
    "src/large/large.py": "def handler(event, context):\n    return event\n",
    "src/large/noise.bin": "",
    "event.json": '{"ping": true}',
}


@dataclasses.dataclass(frozen=True)
class Trial:
    """A repository with two functions that share a layer, and an account at the server."""

    machine: Machine
    server: LambdaServer

    def publish(self, *arguments: str, variables: Mapping[str, str] = EMPTY) -> CompletedRun:
        """Run the goal. The server's record then contains its requests.

        All runs have `-ldebug`, since Pants initializes its scheduler again for another level. With
        `level = "debug"` in pants.toml, the client of Pants 2.17.1 logs the whole environment.
        """
        self.server.requests.clear()
        machine = dataclasses.replace(
            self.machine, variables={**self.machine.variables, **variables}
        )
        run = machine.run("-ldebug", "publish", *arguments)
        assert not contains_secret(f"{run.out}{run.err}".encode())
        return run

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.server.url,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
        )

    def code_hash(self, function: str) -> str:
        """AWS's hash of the code that the server received."""
        configuration = self.client("lambda").get_function(FunctionName=function)["Configuration"]
        return str(configuration["CodeSha256"])

    def packaged_hash(self, address: str) -> str:
        """The hash in the metadata of the zip that `package` writes."""
        self.machine.pants("-ldebug", "package", address)
        zip_file = f"{address.replace('/', '.').replace(':', '/')}.zip"
        metadata = (self.machine.folder / "dist" / f"{zip_file}.metadata.json").read_text()
        return str(json.loads(metadata)["code_sha256"])

    def layers_of(self, function: str) -> list[str]:
        """The layers that a function attaches, such as `deps:1`."""
        configuration = self.client("lambda").get_function(FunctionName=function)["Configuration"]
        return [":".join(each["Arn"].split(":")[6:]) for each in configuration["Layers"]]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """One repository and one server for all tests, since both take seconds to create."""
    folder = tmp_path_factory.mktemp("publishing")
    with start_server() as server:
        variables = {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_SESSION_TOKEN": TOKEN,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": server.url,
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "NO_PROXY": "127.0.0.1",
        }
        trial = Trial(Machine(folder, variables=variables), server)
        trial.machine.write(FILES)
        # Otherwise ./pants generates the lockfile at the default level.
        trial.machine.pants("-ldebug", "generate-lockfiles")
        yield trial
        trial.machine.stop_daemon()


@pytest.fixture
def trial(running: Trial) -> Trial:
    """The repository as `FILES` says, and an account with a role, a layer and a bucket."""
    running.server.reset()
    sources = ("src/orders/api.py", "src/orders/worker.py")
    running.machine.write({path: FILES[path] for path in sources})
    running.client("iam").create_role(RoleName="functions", AssumeRolePolicyDocument="{}")
    running.client("lambda").publish_layer_version(
        LayerName="insights", Content={"ZipFile": b"of another team"}
    )
    return running


def test_plan_publish_edit_and_drift(trial: Trial) -> None:
    """Each command makes the missing changes and no others. No file contains a credential."""
    role = f"--aws-lambda-role={ROLE}"
    server = trial.server

    plan = trial.publish(role, "--aws-lambda-dry-run", "src/orders::")
    assert plan.code == 2, plan.err
    assert "Plan: publish 1 layer version, create 2 functions.\n" in plan.out
    assert "src/orders:unnamed skipped (it has no `function_name`).\n" in plan.err
    assert (server.writes(), server.counts()) == ([], {"GetFunction": 2, "ListLayerVersions": 1})

    first = trial.publish(role, "src/orders::")
    assert first.code == 0, first.err
    assert server.writes()[0] == ("PublishLayerVersion", "orders-deps")
    assert sorted(server.writes()[1:]) == [
        ("CreateFunction", "orders-api"),
        ("CreateFunction", "orders-worker"),
    ]
    assert trial.layers_of("orders-api") == ["orders-deps:1"]
    assert trial.layers_of("orders-worker") == ["orders-deps:1", "insights:1"]
    assert trial.code_hash("orders-api") == trial.packaged_hash("src/orders:api")

    again = trial.publish("src/orders::")
    assert again.code == 0, again.err
    assert (server.writes(), server.counts()) == ([], ALL_READS)

    plan = trial.publish("--aws-lambda-dry-run", "src/orders::")
    assert plan.code == 0, plan.err
    assert "Plan: nothing to do; 3 up to date.\n" in plan.out

    trial.machine.write({"src/orders/api.py": f"{FILES['src/orders/api.py']}\n\nVERSION = 2\n"})
    edited = trial.publish("src/orders::")
    assert edited.code == 0, edited.err
    assert server.writes() == [("UpdateFunctionCode", "orders-api")]

    trial.client("lambda").update_function_configuration(
        FunctionName="orders-worker", Handler="other.handler"
    )
    check = trial.publish("--aws-lambda-check", "src/orders::")
    assert check.code == 1, check.err
    assert "  handler  other.handler -> lambda_function.handler\n" in check.out
    assert server.writes() == []
    assert server.counts() == {**ALL_READS, "GetFunctionCodeSigningConfig": 1}

    files = [each for each in trial.machine.folder.rglob("*") if each.is_file()]
    assert trial.machine.folder / ".pants.d/pants.log" in files
    assert [each for each in files if contains_secret(each.read_bytes())] == []


def contains_secret(text: bytes) -> bool:
    return any(each.encode() in text for each in (ACCESS_KEY, SECRET_KEY, TOKEN))


def test_alias_moves_after_the_smoke_test(trial: Trial) -> None:
    """The event invokes the new version. If the function fails, the alias stays."""
    options = [
        f"--aws-lambda-role={ROLE}",
        "--aws-lambda-publish-version",
        "--aws-lambda-alias=live",
        "--aws-lambda-smoke-event=event.json",
        "src/orders:api",
    ]

    first = trial.publish(*options)
    operations = [each.operation for each in trial.server.requests]
    trial.server.answers["orders-api"] = (
        json.dumps({"errorType": "KeyError", "errorMessage": "'ping'"}).encode(),
        "Unhandled",
    )
    trial.machine.write({"src/orders/api.py": f"{FILES['src/orders/api.py']}\n\nVERSION = 3\n"})
    second = trial.publish(*options)

    assert first.code == 0, first.err
    assert [each for each in operations if not re.match("Get|List", each)] == [
        "PublishLayerVersion",
        "CreateFunction",
        "PublishVersion",
        "Invoke",
        "CreateAlias",
    ]
    assert second.code == 1, second.err
    assert "SmokeTestFailed: Version 2 of the function orders-api" in second.out
    assert [operation for operation, _ in trial.server.writes()] == [
        "UpdateFunctionCode",
        "PublishVersion",
    ]
    alias = trial.client("lambda").get_alias(FunctionName="orders-api", Name="live")
    assert alias["FunctionVersion"] == "1"


def test_names_of_a_stage(trial: Trial) -> None:
    """`name_template` changes the names of functions and layers."""
    run = trial.publish(
        "--aws-lambda-name-template={name}-{env.STAGE}",
        f"--aws-lambda-role={ROLE}",
        "src/orders:api",
        variables={"STAGE": "prod"},
    )

    assert run.code == 0, run.err
    assert trial.server.writes() == [
        ("PublishLayerVersion", "orders-deps-prod"),
        ("CreateFunction", "orders-api-prod"),
    ]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (
            ["src/orders:api", "src/orders:unnamed"],
            "UnnamedTarget: Targets on the command line have no name in AWS.\n"
            "\n"
            "  src/orders:unnamed  function_name\n",
        ),
        (
            ["--aws-lambda-dry-run", "--aws-lambda-check", "src/orders:api"],
            "ConflictingModes: The options `dry_run` and `check` of `[aws-lambda]` exclude each other.\n",
        ),
        (
            ["--aws-lambda-name-template={name}-{env.STAGE}", "src/orders:api"],
            "InvalidNameTemplate: The option `[aws-lambda].name_template` makes a function name that",
        ),
    ],
)
def test_errors_before_the_first_request(trial: Trial, arguments: list[str], error: str) -> None:
    """The error is printed once, and no request is sent."""
    run = trial.publish(*arguments, variables={"STAGE": "feature/x"})

    assert run.code == 1
    assert run.err.count(error) == 1, run.err
    assert trial.server.requests == []


def test_large_zip_goes_through_s3(trial: Trial) -> None:
    """A zip over the limit of a request is uploaded to the bucket once."""
    trial.client("s3").create_bucket(
        Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    noise = trial.machine.folder / "src/large/noise.bin"
    # Equal in each run, so that Pants' cache does not grow.
    noise.write_bytes(random.Random(0).randbytes(MAX_DIRECT_BYTES))
    options = [f"--aws-lambda-role={ROLE}", "--aws-lambda-s3-bucket=artifacts", "src/large:fn"]

    first = trial.publish(*options)
    writes = trial.server.writes()
    again = trial.publish(*options)

    assert (first.code, again.code) == (0, 0), first.err + again.err
    assert [operation for operation, _ in writes] == ["PutObject", "CreateFunction"]
    assert trial.server.counts() == {"GetFunction": 1}
