"""Test the severities of findings, the entries that accept them, and the printed lines."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.findings import (
    CHECKS,
    NO_FINDINGS,
    ChecksFailed,
    Finding,
    InvalidChecks,
    InvalidIgnore,
    JudgedFindings,
    Severity,
    judge_findings,
    merge_lines,
    parse_checks,
    parse_ignore,
)

WHERE = Where("lambda_function", "src/api:fn")
TABLE = """\
    L001  native code for another architecture
    L002  native code that needs a newer C library
    L003  native code that needs a library that Lambda lacks
    L004  a wheel for another platform
    L005  first-party code imports something that is missing
    L006  third-party code imports something that is missing
    L007  a module hides one of the standard library
    L008  a .pth file runs code at every start
    L009  a distribution is in several layers
    L010  a layer of unknown content shares a folder with other layers
    L011  a wheel has files that only their owner can read
    L012  a path that some programs cannot unpack
    L013  an artifact near the size limit
    L014  a runtime past its end of support
    L015  the runtime's SDK with another urllib3
    L016  an SDK that is imported, and neither locked nor provided
    L017  a file target that is not packaged
    L018  a packaged target that is not in the artifact
    L019  a handler that cannot be verified
    L020  a pattern that matches nothing
    L021  an accepted finding that does not exist
    L022  imports that cannot be verified
    L023  no interpreter to compile bytecode
    L024  bytecode of an interpreter that is not pinned
    L025  a module that code names and no artifact contains
    L026  a file that code names and no artifact contains
    L027  a plug-in that is locked and not packaged
    L028  a program of a wheel that is not packaged
    L029  a requirement from a path of one machine
"""
SEVERITIES = parse_checks({})


def finding(code: str = "L003", subject: str = "numba", *, doubt: bool = False) -> Finding:
    return Finding(code, subject, f"{subject} lacks a part.", f"repair {subject}.", doubt)


def judged(*findings: Finding, ignore: Sequence[str] = (), **checks: str) -> JudgedFindings:
    return judge_findings(findings, parse_checks(checks), ignore, where=WHERE)


def codes(found: JudgedFindings) -> list[tuple[str, str]]:
    return [(severity.value, each.code) for severity, each in found.graded]


def test_every_check_has_a_severity() -> None:
    """It is the default of the table, unless pants.toml sets another."""
    assert {code: severity.value for code, severity in parse_checks({"L007": "off"}).items()} == {
        **{code: severity.value for code, (_, severity) in CHECKS.items()},
        "L007": "off",
    }


@pytest.mark.parametrize("severity", ["error", "warning", "info"])
def test_repository_sets_severities(severity: str) -> None:
    """The option `checks` makes a check more or less severe."""
    assert codes(judged(finding("L003"), finding("L006"), L003=severity, L006=severity)) == [
        (severity, "L003"),
        (severity, "L006"),
    ]


def test_check_that_is_off_reports_nothing() -> None:
    """Neither its findings nor unused entries of `ignore` for it are reported."""
    assert judged(finding("L003"), L003="off") == NO_FINDINGS
    assert judged(ignore=["L003:numba", "L003"], L003="off") == NO_FINDINGS


@pytest.mark.parametrize(
    ("severity", "graded"),
    [("error", "warning"), ("warning", "warning"), ("info", "info")],
)
def test_finding_in_doubt_is_at_most_a_warning(severity: str, graded: str) -> None:
    """A check that cannot be sure must not fail a build."""
    assert codes(judged(finding("L003", doubt=True), L003=severity)) == [(graded, "L003")]


def test_findings_are_sorted_by_severity() -> None:
    """Then by code and by subject; the order in which checks run does not matter."""
    found = [finding("L006"), finding("L007"), finding("L003", "b"), finding("L003", "a")]

    assert [(s.value, f.code, f.subject) for s, f in judged(*found).graded] == [
        ("error", "L003", "a"),
        ("error", "L003", "b"),
        ("warning", "L007", "numba"),
        ("info", "L006", "numba"),
    ]
    assert judged(*reversed(found)) == judged(*found)


def test_equal_findings_are_reported_once() -> None:
    """Checks of several platforms or layers may have the same finding."""
    assert codes(judged(finding(), finding())) == [("error", "L003")]


@pytest.mark.parametrize("entry", ["L003", "L003:numba"])
def test_target_accepts_a_finding(entry: str) -> None:
    """An entry of `ignore` names a finding by its code, alone or with its subject."""
    assert judged(finding(), ignore=[entry]) == NO_FINDINGS


@pytest.mark.parametrize("entry", ["L003:numb", "L003:Numba", "L004:numba", "L004"])
def test_entry_accepts_only_the_named_finding(entry: str) -> None:
    """An entry that accepts no finding is reported itself, such as a part of a name."""
    assert judged(finding(), ignore=[entry]).graded == (
        (Severity.ERROR, finding()),
        (
            Severity.WARNING,
            Finding(
                "L021",
                entry,
                f"The field `ignore` of {WHERE} accepts {entry}, which no check found.",
                "remove the entry from `ignore`.",
            ),
        ),
    )


def test_unused_entry_can_be_accepted() -> None:
    """Variants of a parametrized target share their `ignore`, and not all have the finding."""
    assert judged(ignore=["L021", "L003:numba"]) == NO_FINDINGS
    assert judged(ignore=["L021:L003:numba", "L003:numba"]) == NO_FINDINGS
    assert [f.subject for _, f in judged(finding(), ignore=["L003", "L021:L003"]).graded] == [
        "L021:L003"
    ]


def test_invalid_entries_of_ignore_are_listed() -> None:
    """The error lists all of them, and all checks."""
    assert parse_ignore(["L003", "L012:src/a b.py", "L010:arn:aws:x:1"], where=WHERE) == (
        "L003",
        "L012:src/a b.py",
        "L010:arn:aws:x:1",
    )
    with pytest.raises(InvalidIgnore) as caught:
        parse_ignore(["L003", "numba", "L999", "L003:", "l003", "L003 "], where=WHERE)

    assert str(caught.value) == (
        f"The field `ignore` of {WHERE} has entries that name no check.\n"
        "\n"
        "  'numba'\n"
        "  'L999'\n"
        "  'L003:'\n"
        "  'l003'\n"
        "  'L003 '\n"
        "\n"
        "  the checks:\n"
        f"{TABLE}"
        "\n"
        'To fix, write the code of a check, alone or with a subject: "L003", "L003:numba".'
    )


def test_invalid_entries_of_checks_are_listed() -> None:
    """The error lists unknown codes, unknown severities, and values of other types."""
    with pytest.raises(InvalidChecks) as caught:
        parse_checks(
            {"L001": "off", "L999": "error", "L002": "fatal", "L003": ["error"], "L004": False}
        )

    assert str(caught.value) == (
        "The option `[aws-lambda].checks` has entries that cannot be used.\n"
        "\n"
        "  'L999'  'error'\n"
        "  'L002'  'fatal'\n"
        "  'L003'  ['error']\n"
        "  'L004'  False\n"
        "\n"
        "  the checks:\n"
        f"{TABLE}"
        "\n"
        "To fix, set one of these codes to `error`, `warning`, `info` or `off`."
    )


def test_finding_is_one_line() -> None:
    """A line has the code, the severity, the sentence, the fix and the command that explains it."""
    assert judged(finding()).lines() == [
        "L003 error: numba lacks a part. To fix, repair numba. (pants lambda-explain -- L003)"
    ]
    assert NO_FINDINGS.lines() == []


@pytest.mark.parametrize(
    ("subjects", "more"),
    [
        ("ab", "The same applies to 1 more: b."),
        ("abcdef", "The same applies to 5 more: b, c, d, e, f."),
        ("abcdefgh", "The same applies to 7 more: b, c, d, e, f and 2 more."),
    ],
)
def test_findings_with_one_code_share_a_line(subjects: str, more: str) -> None:
    """The line has the first finding's sentence and up to five subjects of the others."""
    found = judged(*(finding("L007", each) for each in subjects), finding("L008"))

    assert found.lines() == [
        f"L007 warning: a lacks a part. {more} To fix, repair a. (pants lambda-explain -- L007)",
        "L008 warning: numba lacks a part. To fix, repair numba. (pants lambda-explain -- L008)",
    ]


def test_code_has_a_line_for_each_severity() -> None:
    """Findings in doubt and certain findings of one code have separate lines."""
    found = judged(finding("L003", "a"), finding("L003", "b", doubt=True))

    assert [line.partition(" To fix")[0] for line in found.lines()] == [
        "L003 error: a lacks a part.",
        "L003 warning: b lacks a part.",
    ]


def test_errors_fail_the_build() -> None:
    """The message has all errors, each with its fix and command, and the entries that accept
    them.
    """
    found = judged(finding("L003", "b"), finding("L001", "a"), finding("L007", "c"))
    with pytest.raises(ChecksFailed) as caught:
        found.refuse_errors(where=WHERE)

    assert str(caught.value) == (
        "The `lambda_function` target src/api:fn would fail in Lambda.\n"
        "\n"
        "  L001  a lacks a part.\n"
        "        To fix, repair a.\n"
        "        pants lambda-explain -- L001\n"
        "\n"
        "  L003  b lacks a part.\n"
        "        To fix, repair b.\n"
        "        pants lambda-explain -- L003\n"
        "\n"
        "To fix, apply the fix shown for each finding, or accept the finding on the target: "
        '`ignore=["L001:a", "L003:b"]`.'
    )


def test_warnings_do_not_fail_the_build() -> None:
    """Only errors raise `ChecksFailed`."""
    judged(finding("L007"), finding("L003", doubt=True)).refuse_errors(where=WHERE)
    NO_FINDINGS.refuse_errors(where=WHERE)


_FINDINGS = st.lists(
    st.builds(
        finding,
        st.sampled_from(sorted(set(CHECKS) - {"L021"})),
        st.text(min_size=1, max_size=8),
        doubt=st.booleans(),
    ),
    max_size=6,
)


@given(_FINDINGS)
def test_suggested_entries_accept_all_errors(findings: list[Finding]) -> None:
    """The message's entries can be pasted, even if a path contains quotes or line breaks."""
    found = judged(*findings)
    try:
        found.refuse_errors(where=WHERE)
    except ChecksFailed as error:
        suggestion = str(error).rpartition("`ignore=")[2][: -len("`.")]
        pasted = parse_ignore(ast.literal_eval(suggestion), where=WHERE)
        again = judge_findings(findings, SEVERITIES, pasted, where=WHERE)

        assert again.errors == ()
        assert all(each.code != "L021" for _, each in again.graded)
        assert {f for _, f in again.graded} == {f for _, f in found.graded} - {
            f for f in findings if any(f.is_accepted_by(entry) for entry in pasted)
        }


@given(_FINDINGS)
def test_every_finding_has_one_severity(findings: list[Finding]) -> None:
    """No finding is lost, reported twice or out of order, except for checks that are off."""
    found = judged(*findings)
    order = [(list(Severity).index(severity), each) for severity, each in found.graded]

    assert {each for _, each in found.graded} == {
        each for each in findings if SEVERITIES[each.code] is not Severity.OFF
    }
    assert order == sorted(set(order))
    lines = [*found.lines(), *found.lines_of_runtime()]
    assert len(lines) == len({(severity, each.code) for severity, each in found.graded})


def test_equal_lines_of_targets_are_merged() -> None:
    """The line is followed by the number of its targets and the first of their addresses."""
    lines = [("L014 ended.", f"src:f{number}") for number in range(7)]

    assert merge_lines([*lines, ("L023 none.", "src:f1")]) == [
        "L014 ended.\n    7 targets: src:f0, src:f1, src:f2, src:f3, src:f4 and 2 more",
        "L023 none.\n    1 target: src:f1",
    ]
