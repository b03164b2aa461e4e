"""The report as Markdown, for a pull request or the summary of a CI job."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aws_lambda.artifact.checks.size import MAX_UNZIPPED_BYTES
from aws_lambda.artifact.output.manifest import MOST_UPLOADED_BYTES, format_bytes
from aws_lambda.artifact.report.report_document import Comparison, Report, SharedDistribution
from aws_lambda.artifact.report.reported_artifact import ReportedArtifact
from aws_lambda.artifact.report.text_report import (
    CHANGE_WORDS,
    MOST_DISTRIBUTIONS,
    advice_as_text,
    changed,
    count_changes,
    describe_runtime,
    describe_times,
    share,
    size_change,
    time_change,
)


def report_as_markdown(report: Report) -> str:
    """The changes, which a reviewer sees first, tables, and the advice."""
    parts = [
        _changes(report, report.comparison) if report.comparison else "",
        _functions(report),
        _layers([each for each in report.artifacts if not each.is_function]),
        _shared(report.shared[:MOST_DISTRIBUTIONS]),
        f"```text\n{advice_as_text(report.advice)}\n```" if report.advice else "",
    ]
    return "\n\n".join(filter(None, parts))


def _functions(report: Report) -> str:
    header = ["function", "runtime", "zipped", "unzipped", "with layers (of 250 MiB)"]
    if report.import_times is not None:
        header.append("import time")
    times = report.import_times or {}
    rows = [
        (
            f"`{each.address}`",
            describe_runtime(each),
            _zipped(each),
            format_bytes(each.manifest.unzipped_bytes),
            f"{format_bytes(each.manifest.total_unzipped_bytes)} "
            f"({share(each.manifest.total_unzipped_bytes, MAX_UNZIPPED_BYTES)})",
            describe_times(times[each.address]) if each.address in times else "",
        )
        for each in report.artifacts
        if each.is_function
    ]
    return _table(header, [row[: len(header)] for row in rows])


def _layers(layers: Iterable[ReportedArtifact]) -> str:
    rows = [
        (
            f"`{each.address}`",
            _zipped(each),
            format_bytes(each.manifest.unzipped_bytes),
            ", ".join(str(d.distribution) for d in each.own_distributions[:MOST_DISTRIBUTIONS]),
        )
        for each in layers
    ]
    return _table(("layer", "zipped", "unzipped", "largest distributions"), rows)


def _shared(distributions: Iterable[SharedDistribution]) -> str:
    rows = [
        (f"{each.name} {each.version}", str(len(each.functions)), format_bytes(each.unzipped_bytes))
        for each in distributions
    ]
    return _table(("in several functions", "functions", "unzipped in all"), rows)


def _changes(report: Report, comparison: Comparison) -> str:
    summary = f"Compared with `{comparison.folder}`: {count_changes(comparison.changes)}."
    rows = [
        (
            f"`{each.address}`",
            CHANGE_WORDS[each.change],
            size_change(each),
            "<br>".join([*each.reasons, *time_change(report, each)]),
        )
        for each in changed(comparison)
    ]
    return f"{summary}\n\n{_table(('target', 'change', 'unzipped', 'reasons'), rows)}".rstrip()


def _zipped(artifact: ReportedArtifact) -> str:
    size = artifact.zip_bytes
    return f"{format_bytes(size)} ({share(size, MOST_UPLOADED_BYTES)})" if size else "not a zip"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table, or `""` without rows."""
    cells = [header, ["---"] * len(header), *rows] if rows else []
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells
    )
