from __future__ import annotations

from aws_lambda.migrate.file_changes import FileChange, as_diff, describe_changes


def test_a_changed_line_is_a_diff() -> None:
    """The diff has the form that `git apply` reads."""
    assert as_diff(FileChange("src/BUILD", "a\nb\n", "a\nc\n")) == (
        "--- a/src/BUILD\n+++ b/src/BUILD\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"
    )


def test_a_new_file_has_no_old_name() -> None:
    """The old file is `/dev/null`."""
    assert as_diff(FileChange("src/BUILD", None, "a\n")) == (
        "--- /dev/null\n+++ b/src/BUILD\n@@ -0,0 +1 @@\n+a\n"
    )


def test_a_missing_last_line_end_is_marked() -> None:
    """As `diff` does, on the line to which it belongs."""
    assert as_diff(FileChange("BUILD", "a", "b")) == (
        "--- a/BUILD\n+++ b/BUILD\n@@ -1 +1 @@\n"
        "-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n"
    )


def test_carriage_returns_stay_in_lines() -> None:
    r"""Only `\n` ends a line."""
    assert "-a\r\n+b\r\n c\fd\r\n" in as_diff(FileChange("BUILD", "a\r\nc\fd\r\n", "b\r\nc\fd\r\n"))


def test_notes_follow_all_diffs() -> None:
    """Long notes are wrapped and indented. A file without an edit has notes only."""
    changes = [
        FileChange("a/BUILD", "x\n", "y\n", ("A short note.",)),
        FileChange("b/BUILD", "x\n", "x\n", (f"A note with {'many ' * 20}words.",)),
        FileChange("c/BUILD", "x\n", "x\n"),
    ]

    assert describe_changes(changes) == (
        "--- a/a/BUILD\n+++ b/a/BUILD\n@@ -1 +1 @@\n-x\n+y\n\n"
        "a/BUILD:\n  * A short note.\n\n"
        "b/BUILD:\n"
        f"  * A note with {' '.join(['many'] * 17)}\n    {' '.join(['many'] * 3)} words."
    )
