import os
import shlex
import subprocess
from pathlib import Path

import pytest

from artifacts.mounted_artifacts import invoke

EXAMPLE = Path("examples/container-image").absolute()

# A program `docker` that copies the build context, and answers as if it had built an image.
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

    A script named `docker` on PATH copies the context, so that test machines need no Docker engine.
    No test builds the image.
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


def test_context_contains_the_function(context: Path) -> None:
    """Pants reads the `COPY` of the Dockerfile, and adds the packaged function to the context."""
    (copied,) = instructions(context, "COPY")
    source, task_root = shlex.split(copied)

    assert task_root == "${LAMBDA_TASK_ROOT}"
    assert (context / source / "lambda_function.py").is_file()
    assert (context / source / "report" / "handler.py").is_file()


def test_command_of_the_image_is_the_handler(context: Path) -> None:
    """The command is the handler of the function, which works with the copied folder alone."""
    (copied,) = instructions(context, "COPY")
    (command,) = instructions(context, "CMD")
    task_root = context / shlex.split(copied)[0]

    assert command == '["lambda_function.handler"]'
    assert invoke(task_root, "python3.13", "lambda_function.handler", {"report": "A report a"}) == {
        "a": 2,
        "report": 1,
    }


def test_base_image_has_the_runtime_of_the_function(context: Path) -> None:
    """AWS's base image and the metadata of the function name the same version of Python."""
    (image,) = instructions(context, "FROM")
    metadata = (context / "src.report/fn.metadata.json").read_text()

    assert image == "public.ecr.aws/lambda/python:3.13"
    assert '"runtime": "python3.13"' in metadata
