"""The files of the repository as a value, so that the translation of templates reads nothing."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field

from aws_lambda.migrate.build_file_targets import ExistingTarget, targets_in

DEFAULT_RESOLVE = "python-default"


@dataclass(frozen=True)
class RepositoryFiles:
    """The files of the repository.

    `paths` are all files that Pants does not ignore. `texts` has the texts of BUILD files,
    requirement files and templates by path. `fingerprints` has hashes of Python files, also of
    those in the assets of a CDK cloud assembly. `dist` is the folder of artifacts.
    """

    paths: frozenset[str]
    texts: Mapping[str, str]
    default_resolve: str = DEFAULT_RESOLVE
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    dist: str = "dist"

    def below(self, folder: str) -> list[str]:
        """Return the sorted paths of the files in a folder and below it."""
        prefix = "" if folder == "." else f"{folder}/"
        return sorted(path for path in self.paths if path.startswith(prefix))

    def build_file(self, folder: str) -> str:
        """Return the path of the BUILD file of a folder, which may not exist yet."""
        for name in ("BUILD", "BUILD.pants"):
            path = posixpath.normpath(posixpath.join(folder, name))
            if path in self.texts:
                return path
        return posixpath.normpath(posixpath.join(folder, "BUILD"))

    def targets_of(self, folder: str) -> tuple[ExistingTarget, ...]:
        """Return the targets in the BUILD file of a folder."""
        text = self.texts.get(self.build_file(folder))
        return (targets_in(text) or ()) if text else ()
