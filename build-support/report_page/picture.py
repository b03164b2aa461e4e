"""Takes a picture of a view of a report's page, for the documentation.

    build-support/report_page/picture PAGE VIEW FILE

VIEW is the part of the page's address after `#`. FILE is a PNG of 1280 by 900 pixels.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from report_page.browser import open_browser


def main(page: Path, view: str, file: Path) -> None:
    with tempfile.TemporaryDirectory() as folder, open_browser(Path(folder)) as browser:
        browser.open(page.absolute(), f"#{view}")
        browser.emulate()
        browser.screenshot(file)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
