"""Test the error for links that Pants cannot follow."""

from __future__ import annotations

from textwrap import dedent

import pytest

from aws_lambda.artifact.symlinks import parse_link_error


@pytest.mark.parametrize(
    "message",
    [
        'Failed to read link "/repo/src/a.py": Absolute symlink: "/etc/hostname"',
        'While expanding link "src/a.py": Globs may not traverse outside of the buildroot: '
        '"/etc/hostname"',
    ],
)
def test_link_out_of_the_repository(message: str) -> None:
    """The error has the path in the repository, and an option that can be pasted."""
    error = parse_link_error(message, "/repo")

    assert str(error) == dedent("""
        Pants cannot follow the symbolic link src/a.py.

          link      src/a.py
          leads to  /etc/hostname

        Pants only follows links that are relative and stay in the repository.

        To fix, replace it with a copy of the file or folder; or let Pants ignore it, in pants.toml:

          [GLOBAL]
          pants_ignore.add = ["/src/a.py"]
        """).strip()


def test_absolute_link_inside_the_repository() -> None:
    """The fix makes the link relative."""
    message = 'Failed to read link "/repo/src/x/a": Absolute symlink: "/repo/src/b"'

    assert "To fix, make it relative: `ln -sfn ../b src/x/a`; or" in str(
        parse_link_error(message, "/repo")
    )


def test_other_messages_have_no_error() -> None:
    """Only the two known messages are about links."""
    assert parse_link_error("Failed to read something", "/repo") is None
