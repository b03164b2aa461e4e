"""The whole report, and its form as JSON."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from aws_lambda.artifact.checks.size import MAX_UNZIPPED_BYTES
from aws_lambda.artifact.contents import Distribution
from aws_lambda.artifact.output.manifest import MOST_UPLOADED_BYTES
from aws_lambda.artifact.report.advised_artifacts import advice_groups, advised_layers
from aws_lambda.artifact.report.comparison import ArtifactChange
from aws_lambda.artifact.report.import_times import ImportTimes
from aws_lambda.artifact.report.layer_advice import LayerAdvice, advise_layers
from aws_lambda.artifact.report.reported_artifact import ReportedArtifact

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class SharedDistribution:
    """A distribution that several functions carry themselves. The size is the sum, in bytes."""

    name: str
    version: str
    functions: tuple[str, ...]
    unzipped_bytes: int


@dataclass(frozen=True)
class Comparison:
    """The changes since another build, in `folder`.

    `import_times` are the medians of that build by address, in microseconds, if it has a report
    with such times.
    """

    folder: str
    changes: tuple[ArtifactChange, ...]
    import_times: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """The artifacts, functions first, each sorted by address.

    `advice` is `None` if better layers would gain nothing. `import_times` are by address, and
    `comparison` is with another build. Each of both is `None` if the user did not ask for it.
    """

    artifacts: tuple[ReportedArtifact, ...]
    advice: LayerAdvice | None = None
    import_times: Mapping[str, ImportTimes] | None = None
    comparison: Comparison | None = None

    @cached_property
    def shared(self) -> tuple[SharedDistribution, ...]:
        return _find_shared(self.artifacts)

    def document(self, *, with_files: bool) -> dict[str, Any]:
        return {
            "schema_version": SCHEMA_VERSION,
            "limits": {"zip_bytes": MOST_UPLOADED_BYTES, "unzipped_bytes": MAX_UNZIPPED_BYTES},
            "artifacts": [each.document(with_files=with_files) for each in self.artifacts],
            "shared": [asdict(each) for each in self.shared],
            "advice": self.advice.document() if self.advice else None,
            "import_time": (
                {address: each.document() for address, each in self.import_times.items()}
                if self.import_times is not None
                else None
            ),
            "against": (
                {
                    "folder": self.comparison.folder,
                    "changes": [
                        {**each.document(), "import_us": list(self.import_us(each.address))}
                        for each in self.comparison.changes
                    ],
                }
                if self.comparison
                else None
            ),
        }

    def import_us(self, address: str) -> tuple[int | None, int | None]:
        """The median times of a function's import before and now, in microseconds."""
        before = self.comparison.import_times.get(address) if self.comparison else None
        now = (self.import_times or {}).get(address)
        return before, now.median_us if now and not now.failure else None


def build_report(
    described: Iterable[ReportedArtifact], functions_of_repository: Collection[str]
) -> Report:
    """The report on artifacts and the layers that they attach.

    `functions_of_repository` are the addresses of all functions, reported or not.
    """
    every = {each.address: each for artifact in described for each in (*artifact.layers, artifact)}
    ordered = sorted(every.values(), key=lambda each: (not each.is_function, each.address))
    is_whole = every.keys() >= set(functions_of_repository)
    layers = advised_layers(ordered, is_whole_repository=is_whole)
    return Report(tuple(ordered), advise_layers(advice_groups(ordered), [*layers]))


def report_as_json(report: Report) -> str:
    return json.dumps(report.document(with_files=False), indent=2)


def _find_shared(artifacts: Iterable[ReportedArtifact]) -> tuple[SharedDistribution, ...]:
    """The distributions that several functions carry themselves, the largest sum first.

    Different wheels of a version, as for two architectures, cannot be in one layer.
    """
    carrying: dict[Distribution, list[tuple[str, int]]] = {}
    for artifact in artifacts:
        for each in artifact.own_distributions if artifact.is_function else ():
            carrying.setdefault(each.distribution, []).append(
                (artifact.address, each.unzipped_bytes)
            )
    shared = (
        SharedDistribution(
            each.name, each.version, tuple(sorted(a for a, _ in of)), sum(size for _, size in of)
        )
        for each, of in carrying.items()
        if len(of) > 1
    )
    return tuple(sorted(shared, key=lambda each: (-each.unzipped_bytes, each.name, each.version)))
