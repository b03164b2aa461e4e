"""Opens the page of a large report in Chromium, and measures it.

    build-support/report_page/run [FOLDER]

The report has 200 functions with 20,000 files, and then one function with 20,000 files. The page
must open in less than 2 seconds, and no interaction may block the browser for more than 100 ms. The
program prints the median of five rounds, with the fastest and the slowest. It writes screenshots in
light, dark and print into FOLDER, if it is named.

Needs Chromium. Exits with 1 if a limit is exceeded.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from selenium.webdriver.common.keys import Keys

from aws_lambda.artifact.report.html_page import render_page
from aws_lambda.report.page_parts import page_parts
from report_page.browser import Browser, open_browser
from report_page.generated_document import generated_document

_ROUNDS = 5
_LOAD = "load"
_MAX_LOAD = 2000.0
_MAX_BLOCK = 100.0
_FUNCTION = "src/billing/monolith_0:fn"
_ARTIFACT = f"#view=artifact&address={_FUNCTION}"
_VIEWS = {
    "overview": "#view=overview",
    "artifact": _ARTIFACT,
    "distribution": f"{_ARTIFACT}&at=numpy&at=numpy",
    "layers": "#view=layers&address=src/layers:aws",
    "search": "#view=search&q=urllib3",
    "advice": "#view=advice",
    "changes": "#view=changes",
}


def main(screenshots: Path | None) -> int:
    kept = True
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for functions, files in ((200, 20_000), (1, 80_000)):
            document = generated_document(functions, files)
            numbers = [len(artifact["files"]) for artifact in document["artifacts"]]
            page = work / f"{functions}.html"
            page.write_text(render_page(document, parts=page_parts()))
            print(
                f"functions: {functions}, files: {sum(numbers)}, {max(numbers)} of them in one "
                f"artifact, page: {page.stat().st_size / 1e6:.1f} MB"
            )
            with open_browser(work / f"profile-{functions}") as browser:
                rounds = [_measure(browser, page) for _ in range(_ROUNDS)]
                for name in rounds[0]:
                    kept &= _report(name, [each[name] for each in rounds])
                if screenshots and functions > 1:
                    _take_screenshots(browser, page, screenshots)
    return int(not kept)


def _measure(browser: Browser, page: Path) -> dict[str, float]:
    """Milliseconds of the load, and of the longest block in each interaction."""
    browser.open(page)
    load: float = browser.run(
        "return performance.timing.loadEventEnd - performance.timing.navigationStart"
    )
    browser.longest_duration()
    measured = {_LOAD: load}
    for name, interact in _INTERACTIONS.items():
        interact(browser)
        measured[name] = browser.longest_duration()
    return measured


def _report(name: str, durations: list[float]) -> bool:
    """Print the median of the rounds, and return whether it is within the limit."""
    median = statistics.median(durations)
    limit = _MAX_LOAD if name == _LOAD else _MAX_BLOCK
    exceeded = "" if median <= limit else f", more than {limit:.0f} ms"
    print(f"  {name}: {median:.0f} ms ({min(durations):.0f}-{max(durations):.0f}){exceeded}")
    return median <= limit


def _type_letters(text: str) -> Callable[[Browser], None]:
    def type_letters(browser: Browser) -> None:
        browser.search(text[0])
        for letter in text[1:]:
            browser.type(letter)
        browser.wait_for_results()

    return type_letters


_INTERACTIONS: dict[str, Callable[[Browser], None]] = {
    "sort functions": lambda browser: browser.click("th button", "Function"),
    "sort by size": lambda browser: browser.click("th button", "Zipped"),
    "open a function": lambda browser: browser.click("tbody a", _FUNCTION),
    "open a distribution": lambda browser: browser.click("button.tile", "numpy"),
    "open its folder": lambda browser: browser.click("button.tile", "numpy"),
    "move in the treemap": lambda browser: browser.type(Keys.ARROW_RIGHT, Keys.ARROW_DOWN),
    "leave with Escape": lambda browser: browser.type(Keys.ESCAPE),
    "show why": lambda browser: browser.click("button.toggle", "pandas"),
    "open layers": lambda browser: browser.click("header nav a", "Layers"),
    "open advice": lambda browser: browser.click("header nav a", "Advice"),
    "open changes": lambda browser: browser.click("header nav a", "Changes"),
    "search for the first time": _type_letters("urllib3"),
    "search for files": _type_letters("module_1"),
    "search for everything": _type_letters("e"),
    "show more files": lambda browser: browser.click("button.more", ""),
    "open a file": lambda browser: browser.click(".result .places a"),
    "go back": lambda browser: browser.driver.back(),
    "open the overview": lambda browser: browser.click("header nav a", "Overview"),
}


def _take_screenshots(browser: Browser, page: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    browser.open(page)
    for name, view in _VIEWS.items():
        browser.go(view)
        for scheme, width in (("light", 1280), ("dark", 1280), ("light", 500)):
            browser.emulate(scheme, width=width)
            browser.longest_duration()
            browser.screenshot(folder / f"{name}-{scheme}-{width}.png")
        browser.emulate()
        browser.print(folder / f"{name}-print.pdf")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="build-support/report_page/run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, nargs="?", help="the folder for screenshots")
    sys.exit(main(parser.parse_args().folder))
