"""What is said of links that Pants cannot follow."""

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
def test_a_link_out_of_the_repository(message: str) -> None:
    """The error has the path in the repository, and the option to paste."""
    fault = parse_link_error(message, "/repo")

    assert str(fault) == dedent("""
        Pants cannot follow the symbolic link src/a.py.

          link      src/a.py
          leads to  /etc/hostname

        Pants follows links that are relative and stay in the repository.

        To fix, put a copy of the file or folder in its place; or let Pants pass over it, in pants.toml:

          [GLOBAL]
          pants_ignore.add = ["/src/a.py"]
        """).strip()


def test_an_absolute_link_inside_the_repository() -> None:
    """It can be made relative."""
    message = 'Failed to read link "/repo/src/x/a": Absolute symlink: "/repo/src/b"'

    assert "To fix, make it relative: `ln -sfn ../b src/x/a`; or" in str(
        parse_link_error(message, "/repo")
    )


def test_other_messages_stay_as_they_are() -> None:
    """Only what is known is explained."""
    assert parse_link_error("Failed to read something", "/repo") is None
