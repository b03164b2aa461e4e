"""Publishes a fleet of functions to a moto server, and kills publishes at random points.

    build-support/publishing/run [KILLS] [SEED]

100 functions that share three layers are published, again without a change, and after a change of
a layer. Each layer must be published once per content, and the second publish must write nothing. A
zip of 60 MB must reach AWS through S3, once.

Then publishes are killed, each at a random request. The server completes the request or drops it.
The next publish must lead to the wanted state. At no time may a function have code that uses a
module that its layers lack, since one of the two orders always avoids it here. KILLS is 20 by
default; SEED repeats an earlier run.

Exits with 1 if a check fails.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import boto3
from aws_lambda_publisher.tests.build_folder import BuildFolder
from aws_lambda_publisher.tests.lambda_server import ACCOUNT, REGION, LambdaServer, start_server
from aws_lambda_publisher.uploads import MAX_DIRECT_BYTES
from moto.awslambda.utils import get_backend

_FUNCTIONS = 100
_LAYERS = 3
# Seconds that a request takes here. Requests to AWS from a neighboring region take about as long.
_DELAY = 0.03
# Requests of a publish of the fleet that is killed.
_REQUESTS = 56
_VARIABLES = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "example",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


def main(kills: int, seed: int) -> int:
    os.environ.update(_VARIABLES)
    with start_server() as server:
        checks = [
            *_publish_fleet(server),
            *_publish_large_zip(server),
            *_kill_publishes(server, kills, seed),
        ]
    return int(not all(checks))


def _publish_fleet(server: LambdaServer) -> Iterator[bool]:
    """Publish the fleet several times. Print and yield the result of each check."""
    with _new_build(server) as build:
        layers = [build.add_layer(f"layer{n}", [f"module{n}/__init__"]) for n in range(_LAYERS)]
        for number in range(_FUNCTIONS):
            build.add_function(f"fn{number}", f"code {number}", layers)
        server.delay = _DELAY
        text, done = _publish(server, build)
        counts = server.counts()
        yield _report(
            done and counts["PublishLayerVersion"] == _LAYERS,
            f"{_FUNCTIONS} new functions that share {_LAYERS} layers: {text}",
        )
        text, done = _publish(server, build)
        yield _report(done and not server.writes(), f"again, without a change: {text}")
        build.add_layer("layer0", ["module0/__init__", "added/__init__"])
        text, done = _publish(server, build)
        counts = server.counts()
        yield _report(
            done
            and counts["PublishLayerVersion"] == 1
            and counts["UpdateFunctionConfiguration"] == _FUNCTIONS,
            f"again, with a changed layer: {text}",
        )
        for number in range(_FUNCTIONS):
            build.add_function(f"fn{number}", f"new code {number}", layers)
        build.options["max_parallel"] = 1
        text, done = _publish(server, build)
        yield _report(done, f"again, with changed code, one function at a time: {text}")
        for number in range(_FUNCTIONS):
            build.add_function(f"fn{number}", f"newer code {number}", layers)
        del build.options["max_parallel"]
        text, done = _publish(server, build)
        yield _report(done, f"again, with changed code, eight at a time: {text}")


def _publish_large_zip(server: LambdaServer) -> Iterator[bool]:
    """Publish a function over the limit of a request. Print and yield the result of each check."""
    with _new_build(server) as build:
        noise = random.Random(0).randbytes(60 * 1024 * 1024)
        code = build.add_function("large", "v1", noise=noise)
        build.options["s3_bucket"] = "artifacts"
        boto3.client("s3", endpoint_url=server.url).create_bucket(
            Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        text, done = _publish(server, build)
        again, done_again = _publish(server, build)
        client = boto3.client("lambda", endpoint_url=server.url)
        configuration = client.get_function(FunctionName="large")["Configuration"]
        yield _report(
            done
            and done_again
            and configuration["CodeSha256"] == code
            and configuration["CodeSize"] > MAX_DIRECT_BYTES,
            f"a zip of 60 MB through S3: {text}; again: {again}",
        )


def _kill_publishes(server: LambdaServer, kills: int, seed: int) -> Iterator[bool]:
    """Kill publishes, and publish again. Print and yield the result of each turn."""
    dice = random.Random(seed)
    print(f"Seed: {seed}.", flush=True)
    with _new_build(server) as build:
        fleet = _Fleet(server, build)
        fleet.write(has_more=False)
        yield _report(_publish(server, build)[1], "six functions are published")
        for turn in range(1, kills + 1):
            fleet.write(has_more=turn % 2 == 1, turn=turn)
            point = dice.randint(1, _REQUESTS)
            is_completed = dice.random() < 0.5
            was_killed = _kill_publish(server, build, point, is_completed)
            killed_at = server.requests[-1].operation if server.requests else "no request"
            unsafe = fleet.unsafe_states()
            text, done = _publish(server, build)
            unsafe += fleet.unsafe_states()
            is_right = fleet.is_wanted_state()
            yield _report(
                done and is_right and not unsafe,
                f"{turn:3}: {'killed' if was_killed else 'ended before'} at request {point}, "
                f"{killed_at}, which was {'completed' if is_completed else 'dropped'}; "
                f"then {text}; unsafe states: {len(unsafe)}",
            )


class _Fleet:
    """Six functions that share layers, in two states: with and without a module in a layer."""

    def __init__(self, server: LambdaServer, build: BuildFolder) -> None:
        self._server = server
        self._build = build
        self._needs: dict[str, set[str]] = {}
        self._provides: dict[str, set[str]] = {}
        self._wanted: dict[str, tuple[str, list[str]]] = {}

    def write(self, *, has_more: bool, turn: int = 0) -> None:
        """Write the artifacts. With `has_more`, a shared layer has a module that functions use."""
        modules = ["base", "added"] if has_more else ["base"]
        shared = dict.fromkeys(modules, f"TURN = {turn}")
        layers = [self._add_layer("shared", shared), self._add_layer("stable", {"other": ""})]
        for number in range(6):
            code = f"# {turn}\n" + "".join(f"import {name}\n" for name in [*modules, "other"])
            name = f"fn{number}"
            code_sha256 = self._build.add_function(name, f"# {number}\n{code}", layers)
            self._needs[code_sha256] = {*modules, "other"}
            self._wanted[name] = (
                code_sha256,
                [self._build.read_metadata(each)["code_sha256"] for each in layers],
            )

    def _add_layer(self, name: str, modules: dict[str, str]) -> str:
        path = self._build.add_layer(name, modules)
        self._provides[self._build.read_metadata(path)["code_sha256"]] = {*modules}
        return path

    def unsafe_states(self) -> list[str]:
        """The functions that had code without its modules since the record started."""
        return [
            name
            for name, snapshots in self._server.snapshots.items()
            for snapshot in snapshots
            if not self._needs[snapshot.code_sha256]
            <= set().union(*(self._provides[_layer_hash(arn)] for arn in snapshot.layers))
        ]

    def is_wanted_state(self) -> bool:
        client = boto3.client("lambda", endpoint_url=self._server.url)
        for name, wanted in self._wanted.items():
            now = client.get_function(FunctionName=name)["Configuration"]
            layers = [_layer_hash(each["Arn"]) for each in now["Layers"]]
            if (now["CodeSha256"], layers) != wanted:
                return False
        return True


def _layer_hash(arn: str) -> str:
    """The SHA-256 of a layer's zip, which moto knows."""

    version = get_backend(ACCOUNT, REGION).layers_versions_by_arn(arn)
    return str(version.code_sha_256) if version else ""


@contextmanager
def _new_build(server: LambdaServer) -> Iterator[BuildFolder]:
    """A folder with artifacts, for a server without any resources but a role."""
    server.reset()
    iam = boto3.client("iam", endpoint_url=server.url)
    role = iam.create_role(RoleName="functions", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    with tempfile.TemporaryDirectory() as folder:
        yield BuildFolder(Path(folder), options={"role": role, "endpoint_url": server.url})


def _command(build: BuildFolder) -> Sequence[str]:
    return [sys.executable, "-m", "aws_lambda_publisher", build.write_request()]


def _publish(server: LambdaServer, build: BuildFolder) -> tuple[str, bool]:
    """Publish, and return figures, and whether it succeeded. The record contains its requests."""
    server.requests.clear()
    server.snapshots.clear()
    begin = time.monotonic()
    done = subprocess.run(_command(build), check=False, stdout=subprocess.PIPE, text=True)
    seconds = time.monotonic() - begin
    if done.returncode:
        print(done.stdout)
    writes = len(server.writes())
    return (
        f"{seconds:.1f} s, {len(server.requests)} requests, {writes} writes",
        done.returncode == 0,
    )


def _kill_publish(server: LambdaServer, build: BuildFolder, point: int, is_completed: bool) -> bool:
    """Publish, and kill the process when its request number `point` arrives.

    Returns whether the process still ran then.
    """
    server.requests.clear()
    server.snapshots.clear()
    process = subprocess.Popen(_command(build), stdout=subprocess.DEVNULL)
    seen = 0
    lock = threading.Lock()

    def count() -> bool:
        nonlocal seen
        with lock:
            seen += 1
            if seen < point:
                return True
            process.send_signal(signal.SIGKILL)
            return is_completed and seen == point

    server.on_request = count
    process.wait()
    # The server may still carry out requests that arrived before.
    time.sleep(0.2)
    server.on_request = None
    server.faults.clear()
    return seen >= point


def _report(is_right: bool, text: str) -> bool:
    print(f"{'ok  ' if is_right else 'FAIL'}  {text}", flush=True)
    return is_right


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="build-support/publishing/run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("kills", type=int, nargs="?", default=20, help="number of killed publishes")
    parser.add_argument("seed", type=int, nargs="?", default=int(time.time()))
    arguments = parser.parse_args()
    sys.exit(main(arguments.kills, arguments.seed))
