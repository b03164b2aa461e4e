"""Reads the lines of `.pth` files, which run or extend `sys.path` when Python starts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from pants.engine.fs import DigestSubset, PathGlobs

from aws_lambda.artifact.contents import ArtifactFile, RepositoryOrigin, WheelOrigin
from aws_lambda.artifact.wheels.wheel import parse_pth_lines
from aws_lambda.contents.final_files import FinalFiles
from aws_lambda.pants_api import (
    digest_subset_to_digest,
    get_digest_contents,
)


async def pth_lines_of(artifacts: Iterable[FinalFiles]) -> Callable[[ArtifactFile], Sequence[str]]:
    """The lines of a `.pth` file of these artifacts that `site` heeds."""
    lines: dict[tuple[str, str], list[str]] = {}
    for artifact in artifacts:
        for each in artifact.carried.wheels:
            for entry, line in each.wheel.pth_lines:
                lines.setdefault((each.wheel.file_name, entry), []).append(line)
        origins = [
            file.origin.path
            for file in (*artifact.files, *left_out_pth(artifact))
            if isinstance(file.origin, RepositoryOrigin) and file.path.endswith(".pth")
        ]
        if origins:
            own = await get_digest_contents(
                await digest_subset_to_digest(
                    DigestSubset(artifact.carried.sources, PathGlobs(origins))
                )
            )
            for content in own:
                lines["", content.path] = [
                    *parse_pth_lines(content.content.decode(errors="replace"))
                ]
    return lambda file: lines.get(place_of(file), ())


def left_out_pth(artifact: FinalFiles) -> Iterator[ArtifactFile]:
    """The `.pth` files that `exclude` leaves out."""
    for each in artifact.carried.left_out:
        yield from (file for file in each.files if file.path.endswith(".pth"))


def place_of(file: ArtifactFile) -> tuple[str, str]:
    """Where a file's bytes lie: in which wheel, `""` for the repository, and under which path."""
    if isinstance(file.origin, WheelOrigin):
        return (file.origin.wheel, file.origin.entry)
    return ("", file.owner.name)
