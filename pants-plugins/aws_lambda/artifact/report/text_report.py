"""The report as text for a terminal, and as Markdown for pull requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from aws_lambda.artifact.checks.size import MAX_UNZIPPED_BYTES
from aws_lambda.artifact.errors import columns
from aws_lambda.artifact.output.manifest import MOST_UPLOADED_BYTES, format_bytes
from aws_lambda.artifact.report.comparison import ArtifactChange, ChangeKind
from aws_lambda.artifact.report.import_times import ImportTimes, format_time
from aws_lambda.artifact.report.layer_advice import MIN_SHARE, LayerAdvice
from aws_lambda.artifact.report.report_document import Comparison, Report
from aws_lambda.artifact.report.reported_artifact import (
    FileKind,
    ReportedArtifact,
    ReportedDistribution,
)

# The most distributions that the text lists for an artifact. The other formats have all of them.
_MOST_DISTRIBUTIONS = 10


def report_as_text(report: Report) -> str:
    """A paragraph for each artifact, for distributions that functions share, and for changes."""
    times = report.import_times or {}
    paragraphs = [
        "\n".join(_artifact_lines(each, times.get(each.address))) for each in report.artifacts
    ]
    shared = report.shared
    if shared:
        rows = [
            (
                f"{each.name} {each.version}",
                f"{len(each.functions)} functions",
                f"{format_bytes(each.unzipped_bytes)} in all",
            )
            for each in shared[:_MOST_DISTRIBUTIONS]
        ]
        lines = ["In several functions, and in none of their layers:", *_indent(columns(rows))]
        paragraphs.append("\n".join([*lines, *_more(len(shared) - len(rows))]))
    if any(each.is_function and each.distributions for each in report.artifacts):
        paragraphs.append(_advice_as_text(report.advice) if report.advice else _NO_ADVICE)
    if report.comparison:
        paragraphs.append(_changes_as_text(report, report.comparison))
    return "\n\n".join(paragraphs)


def _artifact_lines(artifact: ReportedArtifact, times: ImportTimes | None) -> Iterator[str]:
    manifest = artifact.manifest
    yield f"{artifact.address} ({manifest.kind})"
    facts = [
        ("Runtime", _describe_runtime(artifact)),
        ("Size", ", ".join(_describe_sizes(artifact))),
        ("Layers", ", ".join(map(str, manifest.layers))),
        ("Contents", ", ".join(_describe_contents(artifact))),
        ("Not imported", ", ".join(map(_describe_unimported, _unimported(artifact)))),
        ("Import time", _describe_times(times) if times else ""),
    ]
    yield from _indent(f"{name}: {value}" for name, value in facts if value)
    shown = artifact.distributions[:_MOST_DISTRIBUTIONS]
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
    slowest = times.slowest(_MOST_DISTRIBUTIONS) if times else []
    if slowest:
        yield "  Slowest imports, without the packages that they import:"
        yield from _indent(_indent(columns([(name, format_time(us)) for name, us in slowest])))


def _describe_times(times: ImportTimes) -> str:
    if times.failure:
        return f"not measured, {times.failure}"
    spread = f"{format_time(times.min_us)} to {format_time(times.max_us)}"
    built = ", built for this machine" if times.is_override else ""
    return f"{format_time(times.median_us)} ({spread} in {times.runs} processes{built})"


def _describe_runtime(artifact: ReportedArtifact) -> str:
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


def _unimported(artifact: ReportedArtifact) -> list[ReportedDistribution]:
    own = artifact.own_distributions
    return [each for each in own if each.reason.is_imported is False]


def _describe_unimported(each: ReportedDistribution) -> str:
    why = f"; {each.reason.steps[-1]}" if each.reason.steps else ""
    return f"{each.distribution} ({format_bytes(each.unzipped_bytes)}{why})"


def share(part: int, whole: int) -> str:
    """A share in percent, such as "12 %", with a decimal place below 10 %."""
    percent = 100 * part / whole if whole else 0.0
    return f"{percent:.1f} %" if 0.05 <= percent < 10 else f"{percent:.0f} %"


def _more(count: int) -> list[str]:
    return [f"and {count} more"] if count else []


def _indent(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def report_as_markdown(report: Report) -> str:
    """Tables for a pull request, or for a summary of a CI job: the changes come first."""
    functions = [each for each in report.artifacts if each.is_function]
    layers = [each for each in report.artifacts if not each.is_function]
    parts = [_changes_as_markdown(report, report.comparison)] if report.comparison else []
    if functions:
        rows: list[tuple[str, ...]] = [
            (
                f"`{each.address}`",
                _describe_runtime(each),
                _zipped(each),
                format_bytes(each.manifest.unzipped_bytes),
                f"{format_bytes(each.manifest.total_unzipped_bytes)} "
                f"({share(each.manifest.total_unzipped_bytes, MAX_UNZIPPED_BYTES)})",
            )
            for each in functions
        ]
        header = ["function", "runtime", "zipped", "unzipped", "with layers (of 250 MiB)"]
        if report.import_times is not None:
            header.append("import time")
            times = [report.import_times.get(each.address) for each in functions]
            rows = [(*row, _describe_times(of) if of else "") for row, of in zip(rows, times)]
        parts.append(markdown_table(header, rows))
    if layers:
        rows_of_layers = [
            (
                f"`{each.address}`",
                _zipped(each),
                format_bytes(each.manifest.unzipped_bytes),
                ", ".join(
                    str(d.distribution) for d in each.own_distributions[:_MOST_DISTRIBUTIONS]
                ),
            )
            for each in layers
        ]
        header_of_layers = ("layer", "zipped", "unzipped", "largest distributions")
        parts.append(markdown_table(header_of_layers, rows_of_layers))
    shared = report.shared
    if shared:
        rows_of_shared = [
            (f"{e.name} {e.version}", str(len(e.functions)), format_bytes(e.unzipped_bytes))
            for e in shared[:_MOST_DISTRIBUTIONS]
        ]
        header_of_shared = ("in several functions", "functions", "unzipped in all")
        parts.append(markdown_table(header_of_shared, rows_of_shared))
    if report.advice:
        parts.append(f"```text\n{_advice_as_text(report.advice)}\n```")
    return "\n\n".join(parts)


def _zipped(artifact: ReportedArtifact) -> str:
    size = artifact.zip_bytes
    if size is None:
        return "not a zip"
    return f"{format_bytes(size)} ({share(size, MOST_UPLOADED_BYTES)})"


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(_escape(cell) for cell in row) + " |" for row in cells)


def _escape(cell: str) -> str:
    return cell.replace("|", "\\|")


_NO_ADVICE = f"No other layers would lower the bytes to upload by {MIN_SHARE * 100:.0f} % or more."


def _advice_as_text(advice: LayerAdvice) -> str:
    before, after = advice.before, advice.after
    edits = ("an edit of each function", before.source_edits, after.source_edits)
    upgrades = ("an upgrade of each distribution", before.upgrades, after.upgrades)
    rows = [
        (event, f"{format_bytes(one)} -> {format_bytes(other)}")
        for event, one, other in (edits, upgrades)
    ]
    text = advice.build_text.rstrip().splitlines()
    return "\n".join(
        [
            "Other layers would lower the bytes to upload:",
            *_indent(columns(rows)),
            "",
            *(f"  {line}".rstrip() for line in text),
        ]
    )


_CHANGE_WORDS = {
    ChangeKind.ADDED: "new",
    ChangeKind.REMOVED: "removed",
    ChangeKind.CODE: "code",
    ChangeKind.LAYERS: "layers only",
    ChangeKind.CONFIGURATION: "configuration only",
}


def _changes_as_text(report: Report, comparison: Comparison) -> str:
    """The artifacts that a deployment would change, each with its reasons."""
    lines = [f"Compared with {comparison.folder}: {_count_changes(comparison.changes)}."]
    for each in _changed(comparison):
        lines.append(f"  {each.address} ({_CHANGE_WORDS[each.change]}; {_size_change(each)})")
        lines.extend(f"    {change}" for change in _time_change(report, each))
        lines.extend(f"    {reason}" for reason in each.reasons)
    return "\n".join(lines)


def _changes_as_markdown(report: Report, comparison: Comparison) -> str:
    summary = f"Compared with `{comparison.folder}`: {_count_changes(comparison.changes)}."
    rows = [
        (
            f"`{each.address}`",
            _CHANGE_WORDS[each.change],
            _size_change(each),
            "<br>".join([*each.reasons, *_time_change(report, each)]),
        )
        for each in _changed(comparison)
    ]
    table = [markdown_table(("target", "change", "unzipped", "reasons"), rows)] if rows else []
    return "\n\n".join([summary, *table])


def _changed(comparison: Comparison) -> list[ArtifactChange]:
    return [each for each in comparison.changes if each.change is not ChangeKind.NONE]


def _count_changes(changes: Sequence[ArtifactChange]) -> str:
    counts = [
        (kind, len(of), sum(1 for each in of if each.change is not ChangeKind.NONE))
        for kind in ("function", "layer")
        for of in [[each for each in changes if each.kind == kind]]
        if of
    ]
    return " and ".join(
        f"{changed} of {total} {kind}{'s' if total > 1 else ''} changed"
        for kind, total, changed in counts
    )


def _time_change(report: Report, each: ArtifactChange) -> list[str]:
    before, now = report.import_us(each.address)
    if before is None or now is None:
        return []
    return [f"import time: {format_time(before)} -> {format_time(now)}"]


def _size_change(each: ArtifactChange) -> str:
    before, after = each.sizes("unzipped_bytes")
    if before is None or after is None:
        return format_bytes(before or after or 0)
    if before == after:
        return "same size"
    return f"{'+' if after > before else '-'}{format_bytes(abs(after - before))}"
