"""The wheels that a runtime on an architecture accepts, in the form that PEX reads.

Pants builds for Lambda on any machine, so it computes the tags and markers of Lambda's Python.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from packaging.tags import compatible_tags, cpython_tags

from aws_lambda.artifact.platforms.runtimes import Architecture, Runtime

# PEP 600: the names that three glibc versions had before manylinux_2_N.
_LEGACY_NAMES = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
# The minor version of the oldest glibc 2 that wheel tags of a machine name (PEP 513, PEP 599).
_OLDEST_GLIBC_MINOR = {"x86_64": 5, "aarch64": 17}

_GLIBC = re.compile(r"-manylinux_(\d+)_(\d+)_")


@dataclass(frozen=True)
class CompletePlatform:
    """A platform to build for.

    `compatible_tags` are wheel tags, such as `cp313-cp313-manylinux_2_34_x86_64`, the best first.
    `marker_environment` are the variables of environment markers (PEP 508) and their values.
    """

    compatible_tags: tuple[str, ...]
    marker_environment: tuple[tuple[str, str], ...]

    def as_json(self) -> str:
        """Return the JSON document for PEX's option `--complete-platform`."""
        return json.dumps(
            {
                "compatible_tags": self.compatible_tags,
                "marker_environment": dict(self.marker_environment),
            },
            indent=2,
            sort_keys=True,
        )

    @property
    def markers(self) -> dict[str, str]:
        """The marker environment as a dictionary."""
        return dict(self.marker_environment)

    @property
    def python(self) -> tuple[int, int]:
        """The minor version of Python, such as `(3, 13)`."""
        major, minor = self.markers["python_version"].split(".")
        return (int(major), int(minor))

    @property
    def glibc(self) -> tuple[int, int] | None:
        """The newest glibc that a tag names (PEP 600), such as `(2, 34)`; `None` if no tag does."""
        found = (_GLIBC.search(tag) for tag in self.compatible_tags)
        return max(((int(m[1]), int(m[2])) for m in found if m), default=None)


def read_platform(document: str | bytes) -> CompletePlatform:
    """Read a JSON document of `pex3 interpreter inspect --markers --tags`.

    Raises `ValueError` if it has no tags or no Python version.
    """
    try:
        platform = json.loads(document)
        tags = tuple(str(tag) for tag in platform["compatible_tags"])
        markers: Mapping[str, Any] = platform["marker_environment"]
        environment = tuple(sorted((key, str(value)) for key, value in markers.items()))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("no tags, or no markers") from error
    if not tags or "python_version" not in markers:
        raise ValueError("no tags, or no Python version")
    return CompletePlatform(tags, environment)


def compute_platform(runtime: Runtime, architecture: Architecture) -> CompletePlatform:
    """Compute the platform of a managed runtime, without one of AWS's images."""
    machine = architecture.machine
    platforms = [*_platforms(machine, runtime.glibc[1])]
    abi = f"cp{runtime.python[0]}{runtime.python[1]}"
    environment = {
        "implementation_name": "cpython",
        "implementation_version": runtime.full_version,
        "os_name": "posix",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": runtime.full_version,
        "python_version": runtime.version,
        "sys_platform": "linux",
    }
    return CompletePlatform(
        tuple(
            str(tag)
            for tag in (
                *cpython_tags(runtime.python, [abi], platforms),
                *compatible_tags(runtime.python, abi, platforms),
            )
        ),
        tuple(sorted(environment.items())),
    )


def _platforms(machine: str, glibc_minor: int) -> Iterator[str]:
    for minor in range(glibc_minor, _OLDEST_GLIBC_MINOR[machine] - 1, -1):
        yield f"manylinux_2_{minor}_{machine}"
        if minor in _LEGACY_NAMES:
            yield f"{_LEGACY_NAMES[minor]}_{machine}"
    yield f"linux_{machine}"
