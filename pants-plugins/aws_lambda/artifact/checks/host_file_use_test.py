"""Tests of the messages about files of this machine that a function used."""

from __future__ import annotations

from textwrap import dedent

from aws_lambda.artifact.checks.host_file_use import (
    HostFile,
    describe_missing_files,
    describe_uncertain_files,
    explain_hidden_files,
    hidden_files,
    join_fixes,
    parse_host_files,
)

ADDRESS = "src/app:fn"
MAGIC = HostFile("libmagic.so.1", "/usr/lib/libmagic.so.1.0.0", "lacks", "attach a layer.")
GIT = HostFile("git", "/usr/bin/git", "lacks", "do without the program.")
XML = HostFile("libxml2.so.2", "/usr/lib/libxml2.so.2.9", "unsure", "attach a layer.")
CAIRO = HostFile("libcairo.so.2", "/usr/lib/libcairo.so.2", "hidden", "attach a layer.")
TAR = HostFile("tar", "/usr/bin/tar", "hidden", "do without the program.")


def test_report_of_the_emulator() -> None:
    """The report may have further keys."""
    report = [{"kind": "library", **vars(MAGIC)}]

    assert parse_host_files(report) == (MAGIC,)


def test_files_that_lambda_does_not_have() -> None:
    """The error lists the files, and each fix once."""
    assert describe_missing_files([XML, MAGIC, CAIRO, GIT], address=ADDRESS) == dedent("""\
        The `lambda_function` target src/app:fn uses files of this machine that Lambda does not have.

          libmagic.so.1  /usr/lib/libmagic.so.1.0.0
          git            /usr/bin/git

        They are in none of the packages that AWS lists for its images.

        To fix, attach a layer. Also, do without the program.""")


def test_files_that_lambda_may_not_have() -> None:
    """A function that started gets a note."""
    assert describe_uncertain_files([XML]) == (
        "Started, using libxml2.so.2 (/usr/lib/libxml2.so.2.9) from this machine. AWS's images "
        "contain such files for their package manager, but AWS does not say whether functions can "
        "use them."
    )


def test_hidden_files() -> None:
    """Files that the emulator hides explain a failure."""
    assert hidden_files([XML, CAIRO, MAGIC]) == [CAIRO]
    assert explain_hidden_files([XML, CAIRO]) == (
        "This machine has libcairo.so.2 (/usr/lib/libcairo.so.2). Lambda does not have it, so the "
        "emulator hides it."
    )
    assert explain_hidden_files([CAIRO, TAR]) == (
        "This machine has libcairo.so.2 (/usr/lib/libcairo.so.2), tar (/usr/bin/tar). Lambda does "
        "not have them, so the emulator hides them."
    )
    assert join_fixes([CAIRO, CAIRO, TAR]) == "attach a layer. Also, do without the program."


def test_function_without_host_files() -> None:
    """Each text is about one kind of file, and empty without it."""
    assert (
        describe_missing_files([], address=ADDRESS),
        describe_uncertain_files([MAGIC]),
        explain_hidden_files([XML]),
    ) == ("", "", "")
