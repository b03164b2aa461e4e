"""Progress lines and errors of ./pants. Both go to stderr, because stdout belongs to Pants."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterable, Iterator

SILENT_SECONDS = 2


class UserError(Exception):
    """An error whose text is the whole message for the user; no traceback is printed.

    The text says what happened, where, the facts in columns, and how to fix it.
    """


def print_progress(line: str) -> None:
    """Print one line of progress to stderr."""
    print(line, file=sys.stderr, flush=True)


@contextlib.contextmanager
def timed(done: str, *lines: str) -> Iterator[None]:
    """Print lines of progress before a step, and after it `done` and the seconds that it took."""
    for line in lines:
        print_progress(line)
    start = time.monotonic()
    yield
    print_progress(f"{done} in {time.monotonic() - start:.0f} s")


@contextlib.contextmanager
def timed_if_slow(done: str, line: str) -> Iterator[None]:
    """Print the lines of `timed`, but only if the step takes longer than two seconds."""
    import threading

    start = time.monotonic()
    timer = threading.Timer(SILENT_SECONDS, print_progress, [line])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
    seconds = time.monotonic() - start
    if seconds > SILENT_SECONDS:
        print_progress(f"{done} in {seconds:.0f} s")


def facts_table(rows: Iterable[tuple[str, str]]) -> str:
    """Format names and values as the indented table in the middle of an error, one row per line."""
    pairs = list(rows)
    width = max(len(name) for name, _ in pairs)
    return "\n".join(f"  {name.ljust(width)}    {value}".rstrip() for name, value in pairs)


def indented(output: str) -> str:
    """Indent the output of a tool by two spaces, to quote it in an error."""
    return "\n".join(f"  {line}".rstrip() for line in output.strip().splitlines())
