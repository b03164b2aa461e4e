"""The report as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import indent

from aws_lambda.artifact.checks.size import MAX_UNZIPPED_BYTES
from aws_lambda.artifact.errors import columns
from aws_lambda.artifact.output.manifest import MOST_UPLOADED_BYTES, format_bytes
from aws_lambda.artifact.report.comparison import ArtifactChange, ChangeKind
from aws_lambda.artifact.report.import_times import ImportTimes, format_time
from aws_lambda.artifact.report.layer_advice import MIN_SHARE, LayerAdvice
from aws_lambda.artifact.report.report_document import Comparison, Report, SharedDistribution
from aws_lambda.artifact.report.reported_artifact import FileKind, ReportedArtifact

# The most distributions that the text lists for an artifact. The other formats have all of them.
MOST_DISTRIBUTIONS = 10


def report_as_text(report: Report) -> str:
    """A paragraph for each artifact, for distributions that functions share, and for changes."""
    times = report.import_times or {}
    paragraphs = [
        "\n".join(_artifact_lines(each, times.get(each.address))) for each in report.artifacts
    ]
    if report.shared:
        paragraphs.append("\n".join(_shared_lines(report.shared)))
    if any(each.is_function and each.distributions for each in report.artifacts):
        paragraphs.append(advice_as_text(report.advice) if report.advice else _NO_ADVICE)
    if report.comparison:
        paragraphs.append(_changes_as_text(report, report.comparison))
    return "\n\n".join(paragraphs)


def _artifact_lines(artifact: ReportedArtifact, times: ImportTimes | None) -> Iterator[str]:
    manifest = artifact.manifest
    yield f"{artifact.address} ({manifest.kind})"
    facts = [
        ("Runtime", describe_runtime(artifact)),
        ("Size", ", ".join(_describe_sizes(artifact))),
        ("Layers", ", ".join(map(str, manifest.layers))),
        ("Contents", ", ".join(_describe_contents(artifact))),
        ("Not imported", ", ".join(_describe_unimported(artifact))),
        ("Import time", describe_times(times) if times else ""),
    ]
    yield from _indent(f"{name}: {value}" for name, value in facts if value)
    shown = artifact.distributions[:MOST_DISTRIBUTIONS]
    if shown:
        yield "  Distributions:"
        rows = [
            (
                str(each.distribution),
                format_bytes(each.unzipped_bytes),
                each.layer or "in the artifact",
                *each.reason.steps[-1:],
            )
            for each in shown
        ]
        yield from _indent(_indent(columns(rows)))
        yield from _indent(_indent(_more(len(artifact.distributions) - len(shown))))
    slowest = times.slowest(MOST_DISTRIBUTIONS) if times else []
    if slowest:
        yield "  Slowest imports, without the packages that they import:"
        yield from _indent(_indent(columns([(name, format_time(us)) for name, us in slowest])))


def _shared_lines(shared: Sequence[SharedDistribution]) -> Iterator[str]:
    rows = [
        (
            f"{each.name} {each.version}",
            f"{len(each.functions)} functions",
            f"{format_bytes(each.unzipped_bytes)} in all",
        )
        for each in shared[:MOST_DISTRIBUTIONS]
    ]
    yield "In several functions, and in none of their layers:"
    yield from _indent(columns(rows))
    yield from _more(len(shared) - len(rows))


def describe_times(times: ImportTimes) -> str:
    if times.failure:
        return f"not measured, {times.failure}"
    spread = f"{format_time(times.min_us)} to {format_time(times.max_us)}"
    built = ", built for this machine" if times.is_override else ""
    return f"{format_time(times.median_us)} ({spread} in {times.runs} processes{built})"


def describe_runtime(artifact: ReportedArtifact) -> str:
    manifest = artifact.manifest
    runtime = manifest.runtime or "complete platforms"
    architecture = f" ({manifest.architecture})" if manifest.architecture else ""
    end = artifact.end_of_support
    return f"{runtime}{architecture}" + (f", supported until {end}" if end else "")


def _describe_sizes(artifact: ReportedArtifact) -> Iterator[str]:
    manifest = artifact.manifest
    if artifact.zip_bytes is not None:
        yield (
            f"{format_bytes(artifact.zip_bytes)} zipped "
            f"({share(artifact.zip_bytes, MOST_UPLOADED_BYTES)} of 50 MiB)"
        )
    total = manifest.total_unzipped_bytes
    of_limit = f"({share(total, MAX_UNZIPPED_BYTES)} of 250 MiB)"
    if total == manifest.unzipped_bytes:
        yield f"{format_bytes(total)} unzipped {of_limit}"
    else:
        yield f"{format_bytes(manifest.unzipped_bytes)} unzipped"
        yield f"{format_bytes(total)} with its layers {of_limit}"


def _describe_contents(artifact: ReportedArtifact) -> Iterator[str]:
    whole = artifact.manifest.unzipped_bytes
    yield f"{share(artifact.first_party_bytes, whole)} first-party code"
    for kind, name in ((FileKind.NATIVE, "native code"), (FileKind.BYTECODE, "bytecode")):
        if size := artifact.bytes_of_kind(kind):
            yield f"{share(size, whole)} {name}"


def _describe_unimported(artifact: ReportedArtifact) -> Iterator[str]:
    for each in artifact.own_distributions:
        if each.reason.is_imported is False:
            facts = [format_bytes(each.unzipped_bytes), *each.reason.steps[-1:]]
            yield f"{each.distribution} ({'; '.join(facts)})"


def share(part: int, whole: int) -> str:
    """A share in percent, such as "12 %", with a decimal place below 10 %."""
    percent = 100 * part / whole if whole else 0.0
    return f"{percent:.1f} %" if 0.05 <= percent < 10 else f"{percent:.0f} %"


def _more(count: int) -> list[str]:
    return [f"and {count} more"] if count else []


def _indent(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


_NO_ADVICE = f"No other layers would lower the bytes to upload by {MIN_SHARE * 100:.0f} % or more."


def advice_as_text(advice: LayerAdvice) -> str:
    before, after = advice.before, advice.after
    rows = [
        (event, f"{format_bytes(one)} -> {format_bytes(other)}")
        for event, one, other in (
            ("an edit of each function", before.source_edits, after.source_edits),
            ("an upgrade of each distribution", before.upgrades, after.upgrades),
        )
    ]
    lines = ("Other layers would lower the bytes to upload:", *_indent(columns(rows)), "")
    return "\n".join([*lines, indent(advice.build_text.rstrip(), "  ")])


CHANGE_WORDS = {
    ChangeKind.ADDED: "new",
    ChangeKind.REMOVED: "removed",
    ChangeKind.CODE: "code",
    ChangeKind.LAYERS: "layers only",
    ChangeKind.CONFIGURATION: "configuration only",
}


def _changes_as_text(report: Report, comparison: Comparison) -> str:
    """The artifacts that a deployment would change, each with its reasons."""
    lines = [f"Compared with {comparison.folder}: {count_changes(comparison.changes)}."]
    for each in changed(comparison):
        lines.append(f"  {each.address} ({CHANGE_WORDS[each.change]}; {size_change(each)})")
        lines.extend(f"    {change}" for change in time_change(report, each))
        lines.extend(f"    {reason}" for reason in each.reasons)
    return "\n".join(lines)


def changed(comparison: Comparison) -> list[ArtifactChange]:
    return [each for each in comparison.changes if each.change is not ChangeKind.NONE]


def count_changes(changes: Sequence[ArtifactChange]) -> str:
    return " and ".join(
        f"{len(of) - of.count(ChangeKind.NONE)} of {len(of)} {kind}{'s' if of[1:] else ''} changed"
        for kind in ("function", "layer")
        for of in [[each.change for each in changes if each.kind == kind]]
        if of
    )


def time_change(report: Report, each: ArtifactChange) -> list[str]:
    before, now = report.import_us(each.address)
    if before is None or now is None:
        return []
    return [f"import time: {format_time(before)} -> {format_time(now)}"]


def size_change(each: ArtifactChange) -> str:
    before, after = each.sizes("unzipped_bytes")
    if before is None or after is None:
        return format_bytes(before or after or 0)
    if before == after:
        return "same size"
    return f"{'+' if after > before else '-'}{format_bytes(abs(after - before))}"
