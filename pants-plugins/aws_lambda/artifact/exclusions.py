"""What a target leaves out of its artifact: its own patterns, and presets with a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.globs import matches


@dataclass(frozen=True)
class Preset:
    """Patterns with a name. Some spare code: folders of it are called `docs` or `examples` too."""

    patterns: tuple[str, ...]
    spares_code: bool = False

    def means(self, file: ArtifactFile) -> bool:
        """Files of distributions only, and never of their `*.dist-info`."""
        if not file.is_third_party or ".dist-info/" in file.path:
            return False
        if self.spares_code and file.path.endswith((".py", ".so")):
            return False
        return any(matches(pattern, file.path) for pattern in self.patterns)


PRESETS: Mapping[str, Preset] = {
    "tests": Preset(("**/tests/**", "**/conftest.py")),
    "docs": Preset(("**/*.md", "**/*.rst", "**/doc/**", "**/docs/**"), spares_code=True),
    # botocore keeps the examples of its documentation beside its models.
    "examples": Preset(("**/example/**", "**/examples/**", "**/examples-1.json"), spares_code=True),
    "type-stubs": Preset(("**/*.pyi", "**/py.typed", "**/*-stubs/**")),
    "headers": Preset(tuple(f"**/*.{each}" for each in ("h", "hh", "hpp", "hxx", "cuh", "pxd"))),
}


@dataclass(frozen=True)
class LeftOut:
    """The files that one entry of `exclude` or `collisions` left out."""

    entry: str
    files: tuple[ArtifactFile, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


@dataclass(frozen=True)
class Exclude:
    """The entries of a field `exclude`, in order: presets, patterns, and `!` patterns that keep."""

    entries: tuple[str, ...]

    @property
    def keeping(self) -> tuple[str, ...]:
        return tuple(entry[1:] for entry in self.entries if entry.startswith("!"))

    def because(self, file: ArtifactFile) -> str | None:
        """The first entry that leaves a file out, if no `!` pattern keeps it."""
        found = self._dropping(file)
        if found is None or any(matches(pattern, file.path) for pattern in self.keeping):
            return None
        return found

    def means(self, file: ArtifactFile, path: str) -> bool:
        """Whether the file would be left out if it lay at this path."""
        return self.because(replace(file, path=path)) is not None

    def idle(self, files: Sequence[ArtifactFile]) -> tuple[str, ...]:
        """The patterns that mean none of these files; of `!` patterns, those that keep none."""
        paths = [file.path for file in files]
        dropped = [file.path for file in files if self._dropping(file) is not None]
        return tuple(
            entry
            for entry in dict.fromkeys(self.entries)
            if entry not in PRESETS
            and not (
                any(matches(entry[1:], path) for path in dropped)
                if entry.startswith("!")
                else any(matches(entry, path) for path in paths)
            )
        )

    def _dropping(self, file: ArtifactFile) -> str | None:
        for entry in self.entries:
            if entry in PRESETS:
                if PRESETS[entry].means(file):
                    return entry
            elif not entry.startswith("!") and matches(entry, file.path):
                return entry
        return None


def leave_out(
    files: Iterable[ArtifactFile], exclude: Exclude
) -> tuple[tuple[ArtifactFile, ...], tuple[LeftOut, ...]]:
    """The files that stay, and those that go, by the entry that says so, in the field's order."""
    kept: list[ArtifactFile] = []
    gone: dict[str, list[ArtifactFile]] = {}
    if not exclude.entries:
        return tuple(files), ()
    for file in files:
        entry = exclude.because(file)
        if entry is None:
            kept.append(file)
        else:
            gone.setdefault(entry, []).append(file)
    return tuple(kept), tuple(
        LeftOut(entry, tuple(gone[entry]))
        for entry in dict.fromkeys(exclude.entries)
        if entry in gone
    )
