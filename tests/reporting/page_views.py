"""Reads views of a report's page."""

from __future__ import annotations

from report_page.browser import Browser
from report_page.generated_document import MIB


def size_text(count: float) -> str:
    """A size as `package` prints it."""
    if count < 1024:
        return f"{count} B"
    return f"{count / 1024:.1f} KiB" if count < 1023.95 * 1024 else f"{count / MIB:.1f} MiB"


def rows(browser: Browser, section: int) -> list[list[str]]:
    """The texts of the cells in the table of a section of the view."""
    cells: list[list[str]] = browser.run(
        """
        const section = document.querySelectorAll("main > section")[arguments[0]];
        return [...section.querySelectorAll("tbody tr:not(.detail)")].map((row) =>
          [...row.cells].map((cell) => cell.textContent));
        """,
        section,
    )
    return cells
