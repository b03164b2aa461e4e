"""A minimal worker of the Remote Execution API, which runs processes for Pants.

    worker.py ADDRESS STORE FOLDER

Each process starts immediately, in its own sandbox below FOLDER, with only the environment
variables of the request. This program runs in the environment of BuildGrid, which schedules
processes but contains no worker. The workers that exist for BuildGrid are not in the package index
(November 2026).
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc  # pants: no-infer-dep
from buildgrid._protos.build.bazel.remote.execution.v2 import (  # pants: no-infer-dep
    remote_execution_pb2 as api,  # pants: no-infer-dep
)
from buildgrid._protos.build.bazel.remote.execution.v2 import (  # pants: no-infer-dep
    remote_execution_pb2_grpc as services,  # pants: no-infer-dep
)
from buildgrid._protos.google.longrunning import (  # pants: no-infer-dep
    operations_pb2 as operations,  # pants: no-infer-dep
)
from buildgrid.server.client import cas  # pants: no-infer-dep

_CONCURRENCY = 4
# The exit code of shells for a program that does not exist.
_NOT_FOUND = 127


class ExecutionService:
    def __init__(self, store: Any, folder: Path) -> None:
        self._store = store
        self._folder = folder

    def Execute(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802
        with cas.download(self._store) as download:
            action = download.get_message(request.action_digest, api.Action())
            command = download.get_message(action.command_digest, api.Command())
            with tempfile.TemporaryDirectory(dir=self._folder) as sandbox:
                download.download_directory(action.input_root_digest, sandbox)
                result = self._run(command, Path(sandbox, command.working_directory))
        operation = operations.Operation(name=str(uuid.uuid4()), done=True)
        operation.response.Pack(api.ExecuteResponse(result=result))
        yield operation

    def WaitExecution(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802
        context.abort(grpc.StatusCode.NOT_FOUND, "Execute returns only completed operations.")
        yield

    def _run(self, command: Any, folder: Path) -> Any:
        for path in (*command.output_files, *command.output_directories):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
        try:
            done = subprocess.run(
                list(command.arguments),
                check=False,
                cwd=folder,
                env={each.name: each.value for each in command.environment_variables},
                stdin=subprocess.DEVNULL,
                capture_output=True,
            )
            code, stdout, stderr = done.returncode, done.stdout, done.stderr
        except OSError as error:
            code, stdout, stderr = _NOT_FOUND, b"", str(error).encode()
        return self._upload_result(command, folder, code, stdout, stderr)

    def _upload_result(
        self, command: Any, folder: Path, code: int, stdout: bytes, stderr: bytes
    ) -> Any:
        result = api.ActionResult(exit_code=code)
        with cas.upload(self._store) as upload:
            result.stdout_digest.CopyFrom(upload.put_blob(io.BytesIO(stdout)))
            result.stderr_digest.CopyFrom(upload.put_blob(io.BytesIO(stderr)))
            for path in command.output_files:
                if (folder / path).is_file():
                    digest = upload.upload_file(str(folder / path), queue=False)
                    executable = os.access(folder / path, os.X_OK)
                    result.output_files.add(path=path, digest=digest, is_executable=executable)
            for path in command.output_directories:
                if (folder / path).is_dir():
                    digest = upload.upload_tree(str(folder / path), queue=False)
                    result.output_directories.add(path=path, tree_digest=digest)
        return result


class CapabilitiesService:
    def GetCapabilities(self, request: Any, context: Any) -> Any:  # noqa: N802
        capabilities = api.ServerCapabilities()
        capabilities.cache_capabilities.digest_functions.append(api.DigestFunction.SHA256)
        capabilities.execution_capabilities.digest_function = api.DigestFunction.SHA256
        capabilities.execution_capabilities.exec_enabled = True
        capabilities.low_api_version.major = capabilities.high_api_version.major = 2
        return capabilities


def main(address: str, store: str, folder: str) -> None:
    channel = grpc.insecure_channel(store)
    server = grpc.server(ThreadPoolExecutor(_CONCURRENCY))
    services.add_ExecutionServicer_to_server(ExecutionService(channel, Path(folder)), server)
    services.add_CapabilitiesServicer_to_server(CapabilitiesService(), server)
    server.add_insecure_port(address)
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main(*sys.argv[1:])
