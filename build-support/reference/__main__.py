"""Writes docs/reference/fields.md, options.md and errors.md from the texts in the backend.

    build-support/reference/run

A test compares the committed pages with the generated texts.
"""

from __future__ import annotations

from pathlib import Path

from reference.pages import pages


def main() -> None:
    for path, text in pages().items():
        Path(path).write_text(text, encoding="utf-8")
        print(f"Wrote {path}")


if __name__ == "__main__":
    main()
