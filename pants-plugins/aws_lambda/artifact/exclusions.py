"""The field `exclude`: patterns and named presets of files that a target leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.globs import glob_matches


@dataclass(frozen=True)
class Preset:
    """Patterns that have a name.

    With `keeps_code`, the preset excludes no `.py` and `.so` files: some packages with code are
    called `docs` or `examples`.
    """

    patterns: tuple[str, ...]
    keeps_code: bool = False

    def matches(self, file: ArtifactFile) -> bool:
        """Whether the preset excludes a file.

        Presets exclude files of distributions only, and never those in `*.dist-info`.
        """
        if not file.is_third_party or ".dist-info/" in file.path:
            return False
        if self.keeps_code and file.path.endswith((".py", ".so")):
            return False
        return any(glob_matches(pattern, file.path) for pattern in self.patterns)


PRESETS: Mapping[str, Preset] = {
    "tests": Preset(("**/tests/**", "**/conftest.py")),
    "docs": Preset(("**/*.md", "**/*.rst", "**/doc/**", "**/docs/**"), keeps_code=True),
    # botocore has the examples of its documentation next to its models.
    "examples": Preset(("**/example/**", "**/examples/**", "**/examples-1.json"), keeps_code=True),
    "type-stubs": Preset(("**/*.pyi", "**/py.typed", "**/*-stubs/**")),
    "headers": Preset(tuple(f"**/*.{each}" for each in ("h", "hh", "hpp", "hxx", "cuh", "pxd"))),
}


@dataclass(frozen=True)
class OmittedFiles:
    """The files that one entry of `exclude` or `collisions` leaves out."""

    entry: str
    files: tuple[ArtifactFile, ...]

    @property
    def size(self) -> int:
        """The total size of the files, in bytes."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True)
class Exclusions:
    """The entries of the field `exclude`, in order: presets, patterns, and `!` patterns.

    Files that a `!` pattern matches are kept, whatever the order of the entries.
    """

    entries: tuple[str, ...]

    @property
    def keep_patterns(self) -> tuple[str, ...]:
        """The `!` patterns, without the `!`."""
        return tuple(entry[1:] for entry in self.entries if entry.startswith("!"))

    def find_entry(self, file: ArtifactFile) -> str | None:
        """Return the first entry that excludes a file; `None` if the file is kept."""
        found = self._find_dropping_entry(file)
        if found is None or any(glob_matches(pattern, file.path) for pattern in self.keep_patterns):
            return None
        return found

    def excludes_at(self, file: ArtifactFile, path: str) -> bool:
        """Whether the file would be excluded at another path."""
        return self.find_entry(replace(file, path=path)) is not None

    def find_unused(self, files: Sequence[ArtifactFile]) -> tuple[str, ...]:
        """Return the patterns that match none of these files, and `!` patterns that keep none.

        Presets are never unused.
        """
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
    """Return the files that are kept, and the omitted files by entry, in the field's order."""
    kept: list[ArtifactFile] = []
    omitted: dict[str, list[ArtifactFile]] = {}
    if not exclude.entries:
        return tuple(files), ()
    for file in files:
        entry = exclude.find_entry(file)
        if entry is None:
            kept.append(file)
        else:
            omitted.setdefault(entry, []).append(file)
    return tuple(kept), tuple(
        OmittedFiles(entry, tuple(omitted[entry]))
        for entry in dict.fromkeys(exclude.entries)
        if entry in omitted
    )
