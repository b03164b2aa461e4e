import os
import shlex
import subprocess
from pathlib import Path

import pytest

from artifacts.mounted import invoke

EXAMPLE = Path("examples/container-image").absolute()

# Keeps what it was sent, and answers as an engine that built an image would.
RECORDER = """\
#!/bin/sh
PATH=/usr/bin:/bin
[ "$1" = build ] || exit 0
cp -R . '{sent}'
echo Successfully built 0123456789ab
"""


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build context that `package` sends to Docker.

    No test machine needs a Docker engine: a script named `docker` stands in for it on PATH, and
    keeps the context. What an engine would make of it is not tested here.
    """
    folder = tmp_path_factory.mktemp("docker")
    sent = folder / "sent"
    docker = folder / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(RECORDER.format(sent=sent))
    docker.chmod(0o755)
    process = subprocess.run(
        [Path("pants").absolute(), "--no-pantsd", "package", "src/report:image"],
        cwd=EXAMPLE,
        env={**os.environ, "PATH": f"{docker.parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    return sent


def instructions(context: Path, name: str) -> list[str]:
    dockerfile = context / "src/report/Dockerfile"
    words = [line.partition(" ") for line in dockerfile.read_text().splitlines()]
    return [rest for word, _, rest in words if word == name]


def test_the_context_holds_what_the_dockerfile_copies(context: Path) -> None:
    """The built function reaches the context by itself: Pants reads the Dockerfile's `COPY`."""
    (copied,) = instructions(context, "COPY")
    source, task_root = shlex.split(copied)

    assert task_root == "${LAMBDA_TASK_ROOT}"
    assert (context / source / "lambda_function.py").is_file()
    assert (context / source / "report" / "handler.py").is_file()


def test_the_image_starts_the_handler_of_the_function(context: Path) -> None:
    """The image's command is the handler, and the copied folder alone answers an event."""
    (copied,) = instructions(context, "COPY")
    (command,) = instructions(context, "CMD")
    task_root = context / shlex.split(copied)[0]

    assert command == '["lambda_function.handler"]'
    assert invoke(task_root, "python3.13", "lambda_function.handler", {"report": "A report a"}) == {
        "a": 2,
        "report": 1,
    }


def test_the_image_starts_from_the_runtime_that_the_function_was_built_for(context: Path) -> None:
    """AWS's base image and the function's metadata name one version of Python."""
    (image,) = instructions(context, "FROM")
    metadata = (context / "src.report/fn.metadata.json").read_text()

    assert image == "public.ecr.aws/lambda/python:3.13"
    assert '"runtime": "python3.13"' in metadata
