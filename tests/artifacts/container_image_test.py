import os
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from artifacts.mounted_artifacts import invoke
from trial_repository.processes import stop_daemons

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
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
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
        [Path("pants").absolute(), "package", "src/report:image"],
        cwd=EXAMPLE,
        env={**os.environ, "PATH": f"{docker.parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    yield sent
    stop_daemons(EXAMPLE)


def instructions(context: Path, name: str) -> list[str]:
    dockerfile = context / "src/report/Dockerfile"
    words = [line.partition(" ") for line in dockerfile.read_text().splitlines()]
    return [rest for word, _, rest in words if word == name]


def copied_folders(context: Path) -> dict[str, Path]:
    """The copied folders of the context by their place in the image, in the order of `COPY`."""
    copies = map(shlex.split, instructions(context, "COPY"))
    return {place: context / source for source, place in copies}


def test_order_of_the_image_layers(context: Path) -> None:
    """Third-party code is copied first, so an edit of the function does not change its layer."""
    assert list(copied_folders(context)) == ["/opt", "${LAMBDA_TASK_ROOT}"]


def test_context_contains_both_artifacts(context: Path) -> None:
    """Pants reads the `COPY` of the Dockerfile, and adds the packaged folders to the context."""
    opt, task_root = copied_folders(context).values()

    assert (task_root / "lambda_function.py").is_file()
    assert (task_root / "report/handler.py").is_file()
    assert not (task_root / "humanize").exists()
    assert (opt / "python/humanize/__init__.py").is_file()
    assert not (opt / "python/report").exists()


def test_command_of_the_image_is_the_handler(context: Path) -> None:
    """The command is the handler of the function, which works with the copied folders alone."""
    opt, task_root = copied_folders(context).values()
    (command,) = instructions(context, "CMD")
    event = {"report": "A report " + "a " * 1000}

    assert command == '["lambda_function.handler"]'
    assert invoke(
        task_root, "python3.13", "lambda_function.handler", event, behind=[opt / "python"]
    ) == {"a": "1,001", "report": "1"}


def test_base_image_has_the_runtime_of_the_function(context: Path) -> None:
    """AWS's base image and the metadata of the function name the same version of Python."""
    (image,) = instructions(context, "FROM")
    metadata = (context / "src.report/fn.metadata.json").read_text()

    assert image == "public.ecr.aws/lambda/python:3.13"
    assert '"runtime": "python3.13"' in metadata
