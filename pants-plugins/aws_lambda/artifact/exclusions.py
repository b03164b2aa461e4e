"""What a target leaves out of its artifact: its own patterns, and presets with a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.globs import glob_matches


@dataclass(frozen=True)
class Preset:
    """Patterns with a name. Some spare code: folders of it are called `docs` or `examples` too."""

    patterns: tuple[str, ...]
    keeps_code: bool = False

    def matches(self, file: ArtifactFile) -> bool:
        """Files of distributions only, and never of their `*.dist-info`."""
        if not file.is_third_party or ".dist-info/" in file.path:
            return False
        if self.keeps_code and file.path.endswith((".py", ".so")):
            return False
        return any(glob_matches(pattern, file.path) for pattern in self.patterns)


PRESETS: Mapping[str, Preset] = {
    "tests": Preset(("**/tests/**", "**/conftest.py")),
    "docs": Preset(("**/*.md", "**/*.rst", "**/doc/**", "**/docs/**"), keeps_code=True),
    # botocore keeps the examples of its documentation beside its models.
    "examples": Preset(("**/example/**", "**/examples/**", "**/examples-1.json"), keeps_code=True),
    "type-stubs": Preset(("**/*.pyi", "**/py.typed", "**/*-stubs/**")),
    "headers": Preset(tuple(f"**/*.{each}" for each in ("h", "hh", "hpp", "hxx", "cuh", "pxd"))),
}


@dataclass(frozen=True)
class OmittedFiles:
    """The files that one entry of `exclude` or `collisions` left out."""

    entry: str
    files: tuple[ArtifactFile, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


@dataclass(frozen=True)
class Exclusions:
    """The entries of a field `exclude`, in order: presets, patterns, and `!` patterns that keep."""

    entries: tuple[str, ...]

    @property
    def keep_patterns(self) -> tuple[str, ...]:
        return tuple(entry[1:] for entry in self.entries if entry.startswith("!"))

    def find_entry(self, file: ArtifactFile) -> str | None:
        """The first entry that leaves a file out, if no `!` pattern keeps it."""
        found = self._find_dropping_entry(file)
        if found is None or any(glob_matches(pattern, file.path) for pattern in self.keep_patterns):
            return None
        return found

    def excludes_at(self, file: ArtifactFile, path: str) -> bool:
        """Whether the file would be left out if it lay at this path."""
        return self.find_entry(replace(file, path=path)) is not None

    def find_unused(self, files: Sequence[ArtifactFile]) -> tuple[str, ...]:
        """The patterns that mean none of these files; of `!` patterns, those that keep none."""
        paths = [file.path for file in files]
        dropped = [file.path for file in files if self._find_dropping_entry(file) is not None]
        return tuple(
            entry
            for entry in dict.fromkeys(self.entries)
            if entry not in PRESETS
            and not (
                any(glob_matches(entry[1:], path) for path in dropped)
                if entry.startswith("!")
                else any(glob_matches(entry, path) for path in paths)
            )
        )

    def _find_dropping_entry(self, file: ArtifactFile) -> str | None:
        for entry in self.entries:
            if entry in PRESETS:
                if PRESETS[entry].matches(file):
                    return entry
            elif not entry.startswith("!") and glob_matches(entry, file.path):
                return entry
        return None


def apply_exclusions(
    files: Iterable[ArtifactFile], exclude: Exclusions
) -> tuple[tuple[ArtifactFile, ...], tuple[OmittedFiles, ...]]:
    """The files that stay, and those that go, by the entry that says so, in the field's order."""
    kept: list[ArtifactFile] = []
    gone: dict[str, list[ArtifactFile]] = {}
    if not exclude.entries:
        return tuple(files), ()
    for file in files:
        entry = exclude.find_entry(file)
        if entry is None:
            kept.append(file)
        else:
            gone.setdefault(entry, []).append(file)
    return tuple(kept), tuple(
        OmittedFiles(entry, tuple(gone[entry]))
        for entry in dict.fromkeys(exclude.entries)
        if entry in gone
    )
