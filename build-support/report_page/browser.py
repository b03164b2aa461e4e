"""A headless Chromium that shows a report, records its requests, and is used as people use it."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

MISSING = "Chromium is missing. Debian has it in the packages chromium and chromium-driver."

# Seconds until an element must be there. A busy machine needs more than an idle one.
_PATIENCE = 20

# Records tasks of more than 50 ms, which is the browser's own limit, and the time from each key or
# click until the page has been drawn again.
_OBSERVERS = """
window.durations = [];
const record = (list) => window.durations.push(...list.getEntries().map((entry) => entry.duration));
new PerformanceObserver(record).observe({type: "longtask"});
new PerformanceObserver(record).observe({type: "event", durationThreshold: 16});
"""

# The lowest contrast between a visible text and the color behind it, and this text.
_CONTRAST = """
const channels = (color) => {
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data].map((value) => value / 255);
};
const luminance = ([r, g, b]) => {
  const [x, y, z] = [r, g, b].map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
};
const colorBehind = (element) => {
  for (let each = element; each; each = each.parentElement) {
    const color = channels(getComputedStyle(each).backgroundColor);
    if (color[3] === 1) return color;
  }
  return [1, 1, 1, 1];
};
const seen = new Map();
for (const element of document.querySelectorAll("body *")) {
  const ownText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (!ownText || !element.checkVisibility() || element.closest("script")) continue;
  const style = getComputedStyle(element);
  const back = colorBehind(element);
  const opaque = style.opacity;
  const text = channels(style.color).map((v, i) => v * opaque + back[i] * (1 - opaque));
  const [light, dark] = [luminance(text), luminance(back)].sort((a, b) => b - a);
  seen.set((light + 0.05) / (dark + 0.05), element.textContent.slice(0, 80));
}
const lowest = Math.min(...seen.keys());
return [lowest, seen.get(lowest)];
"""


def find_programs() -> tuple[str, str] | None:
    """The paths of Chromium and of its driver, or None if one of them is missing."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    return (chromium, driver) if chromium and driver else None


class Browser:
    """An open page. Every method waits until the page has what it names."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(self, page: Path, view: str = "") -> None:
        self.driver.get("about:blank")
        self.driver.get(f"{page.as_uri()}{view}")
        self.find("h1")

    def go(self, view: str, selector: str = "h1", text: str | None = None) -> None:
        """Open a view by its hash, as a link from elsewhere does, until it has an element."""
        self.run("location.hash = arguments[0]", view)
        self.find(selector, text)

    def find(self, selector: str, text: str | None = None) -> WebElement:
        """The first element of a selector whose text begins with `text`."""

        def found(_: Any) -> WebElement | Literal[False]:
            # One call for all elements, since each costs about a millisecond.
            element: WebElement | None = self.run(
                """
                return [...document.querySelectorAll(arguments[0])].find((each) =>
                  arguments[1] === null || each.textContent.startsWith(arguments[1]));
                """,
                selector,
                text,
            )
            return element or False

        wait = WebDriverWait(self.driver, _PATIENCE, poll_frequency=0.05)
        return wait.until(found, f"no {selector} with the text {text}")

    def texts(self, selector: str) -> list[str]:
        """The texts of all elements of a selector, also of those that are not in view."""
        texts: list[str] = self.run(
            "return [...document.querySelectorAll(arguments[0])].map((each) => each.textContent)",
            selector,
        )
        return texts

    def click(self, selector: str, text: str | None = None) -> None:
        element = self.find(selector, text)
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def type(self, *keys: str) -> None:
        """Send keys to the focused element."""
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def focused(self) -> str:
        """The name of the focused element: its label or its text."""
        name: str = self.run(
            "const e = document.activeElement; return e.ariaLabel ?? e.textContent.slice(0, 200)"
        )
        return name

    def search(self, text: str) -> None:
        """Replace the query, and wait until the search has ended."""
        field = self.driver.find_element(By.ID, "search")
        field.click()
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(text)
        self.wait_for_results()

    def wait_for_results(self) -> None:
        self.wait_until("return document.querySelector('[aria-busy]')?.ariaBusy === 'false'")

    def wait_until(self, script: str, *arguments: Any) -> None:
        WebDriverWait(self.driver, _PATIENCE, poll_frequency=0.05).until(
            lambda _: self.run(script, *arguments), script
        )

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def emulate(self, scheme: str = "light", media: str = "", width: int = 1280) -> None:
        """Set the color scheme, "print" or the screen as medium, and the width in pixels."""
        self._command(
            "Emulation.setEmulatedMedia",
            media=media,
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )
        self._command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=False,
        )

    def screenshot(self, file: Path) -> None:
        file.write_bytes(base64.b64decode(self._command("Page.captureScreenshot")["data"]))

    def print(self, file: Path) -> None:
        """Print to a PDF file on A4."""
        printed = self._command("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)
        file.write_bytes(base64.b64decode(printed["data"]))

    def lowest_contrast(self) -> tuple[float, str]:
        """The lowest contrast of a visible text, and this text."""
        contrast, text = self.run(_CONTRAST)
        return float(contrast), text

    def longest_duration(self) -> float:
        """The longest task or event since the last call, in milliseconds, or 0 if all were short.

        Waits for the frame in which the browser shows the result of the last event.
        """
        duration: float = self.driver.execute_async_script("""
            const done = arguments[0];
            requestAnimationFrame(() => setTimeout(() => {
              done(Math.max(0, ...window.durations.splice(0)));
            }, 120));
            """)
        return duration

    def requests(self) -> list[str]:
        """Addresses that the browser has requested since the last call."""
        messages = [json.loads(entry["message"])["message"] for entry in self._log("performance")]
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]

    def errors(self) -> list[str]:
        """Messages in the browser's console since the last call."""
        return [entry["message"] for entry in self._log("browser")]

    def _log(self, name: str) -> Sequence[dict[str, Any]]:
        entries: Sequence[dict[str, Any]] = self.driver.get_log(name)  # type: ignore[no-untyped-call]
        return entries

    def _command(self, name: str, **parameters: Any) -> dict[str, Any]:
        result: dict[str, Any] = self.driver.execute_cdp_cmd(name, parameters)
        return result


@contextmanager
def open_browser(profile: Path) -> Iterator[Browser]:
    """Start Chromium with a folder for its profile, and end it."""
    programs = find_programs()
    if programs is None:
        raise SystemExit(MISSING)
    chromium, driver = programs
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    # The sandbox of Chromium refuses root, and the page is ours. /dev/shm is small in containers.
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={profile}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    started = webdriver.Chrome(options=options, service=Service(driver))
    try:
        browser = Browser(started)
        browser._command("Page.addScriptToEvaluateOnNewDocument", source=_OBSERVERS)
        browser.emulate()
        yield browser
    finally:
        started.quit()
