"""The page of `lambda-report` in Chromium: its figures, its keys, and its colors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from reporting.page_views import rows, size_text
from selenium.webdriver.common.keys import Keys

from aws_lambda.artifact.report.html_page import render_page
from aws_lambda.report.page_parts import page_parts
from report_page.browser import MISSING, Browser, find_programs, open_browser
from report_page.generated_document import HOSTILE_NAMES, generated_document

pytestmark = pytest.mark.skipif(find_programs() is None, reason=MISSING)

# The largest function, which attaches no layer, and one that attaches layers.
MONOLITH = "src/billing/monolith_0:fn"
LAYERED = "src/catalog/handler_1:fn"
# A folder of it, as names of levels.
ORDERS = ("first-party files", "orders")
PATH_END = ".path [aria-current]"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return generated_document(functions=200, files=20_000)


@pytest.fixture(scope="module")
def page(document: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(document, tmp_path_factory.mktemp("page"))


def write_page(document: dict[str, Any], folder: Path) -> Path:
    file = folder / "report.html"
    file.write_text(render_page(document, parts=page_parts()), "utf-8")
    return file


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with open_browser(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def browser(chromium: Browser, page: Path) -> Browser:
    """The overview, on a light screen."""
    chromium.emulate()
    chromium.open(page)
    return chromium


def visit(browser: Browser, *views: str) -> Iterator[str]:
    """Open views one after another, each until it is drawn."""
    for view in views:
        browser.go(view)
        browser.longest_duration()
        yield view


def artifact_view(address: str, *names: str) -> str:
    return "".join([f"#view=artifact&address={address}", *(f"&at={name}" for name in names)])


def find_artifact(document: dict[str, Any], address: str) -> dict[str, Any]:
    artifacts: list[dict[str, Any]] = document["artifacts"]
    return next(each for each in artifacts if each["address"] == address)


def find_distribution(artifact: dict[str, Any], name: str) -> dict[str, Any]:
    distributions: list[dict[str, Any]] = artifact["distributions"]
    return next(each for each in distributions if each["name"] == name)


def figure_texts(browser: Browser) -> dict[str, str]:
    return dict(zip(browser.texts(".figures dt"), browser.texts(".figures dd"), strict=True))


def test_overview_shows_the_document(browser: Browser, document: dict[str, Any]) -> None:
    """Totals, and each function's sizes with their shares of both limits, largest first."""
    functions = [each for each in document["artifacts"] if each["kind"] == "function"]
    largest = max(functions, key=lambda each: int(each["total_unzipped_bytes"]))
    browser.click("button.more", "Show 100 more of 200 rows")
    shown = rows(browser, 0)

    assert figure_texts(browser) == {
        "Functions": "200",
        "Layers": "3",
        "Zipped": size_text(sum(each["zip_bytes"] for each in document["artifacts"])),
        "Unzipped": size_text(sum(each["unzipped_bytes"] for each in document["artifacts"])),
        "Versions of distributions": "15",
        "Largest function with layers": (
            f"{size_text(largest['total_unzipped_bytes'])} {largest['address']}"
        ),
    }
    assert shown[0] == [
        MONOLITH,
        "python3.13until 2029-06-30",
        "49.7 MiB99 %",
        "165.5 MiB",
        "165.5 MiB66 %",
        "–",
        "–",
    ]
    assert [row[0] for row in shown] == [
        each["address"]
        for each in sorted(functions, key=lambda each: -int(each["total_unzipped_bytes"]))
    ]
    for row in shown:
        artifact = find_artifact(document, row[0])
        assert row[2].startswith(size_text(artifact["zip_bytes"]))
        assert row[3] == size_text(artifact["unzipped_bytes"])
        assert row[4].startswith(size_text(artifact["total_unzipped_bytes"]))
        assert row[6] == (str(len(artifact["layers"])) if artifact["layers"] else "–")


def test_headers_sort(browser: Browser, document: dict[str, Any]) -> None:
    """A header sorts by its column, numbers from large to small, and again in reverse."""
    addresses = [each["address"] for each in document["artifacts"] if each["kind"] == "function"]

    browser.click("th button", "Function")
    assert [row[0] for row in rows(browser, 0)] == sorted(addresses)[:100]
    assert browser.find("th[aria-sort]").get_attribute("aria-sort") == "ascending"
    browser.click("th button", "Function")
    assert [row[0] for row in rows(browser, 0)] == sorted(addresses, reverse=True)[:100]
    browser.click("th button", "Zipped")
    assert rows(browser, 0)[0][0] == MONOLITH
    assert browser.texts("section:nth-of-type(1) th[aria-sort]") == ["Zipped"]


def test_treemap_opens_levels(browser: Browser, document: dict[str, Any]) -> None:
    """Tiles lead to folders and files. The path and the back button lead out of them."""
    numpy = find_distribution(find_artifact(document, MONOLITH), "numpy")

    browser.click("tbody a", MONOLITH)
    browser.click("button.tile", "numpy")
    assert browser.find(".side h3").text == "numpy 2.3.5"
    assert browser.find(".side p").text.startswith(f"{size_text(numpy['unzipped_bytes'])}, ")
    browser.click("button.tile", "numpy")
    browser.click("button.tile", "_core")
    assert browser.texts(".path li") == ["All files", "numpy", "numpy", "_core"]
    assert sorted(browser.texts(".tile .name")) == [
        f"_part{part}.cpython-313-x86_64-linux-gnu.so" for part in (1, 3, 6)
    ]
    assert rows(browser, 0)[0] == [
        "_part6.cpython-313-x86_64-linux-gnu.so",
        size_text(int(numpy["native_bytes"] * 0.6 / 1)),
        "native",
    ]
    browser.driver.back()
    browser.find(PATH_END, "numpy")
    assert browser.texts(".path li") == ["All files", "numpy", "numpy"]
    browser.click(".path a", "All files")
    assert browser.find(".side h3").text == "All files"
    browser.driver.back()
    browser.driver.back()
    browser.driver.back()
    browser.find(".side h3", "All files")
    browser.driver.back()
    browser.find("h1", "Overview")


def test_levels_with_one_folder_are_skipped(browser: Browser) -> None:
    """In a layer, a distribution opens the contents of `python`, and Escape leaves both."""
    browser.go(artifact_view("src/layers:aws"))
    browser.click("button.tile", "botocore")
    browser.find(PATH_END, "botocore")

    assert browser.texts(".path li") == ["All files", "botocore"]
    assert browser.texts(".tile .name")[0] == "botocore"
    assert browser.texts(".side tbody th a")[1].startswith("botocore-1.40.9.dist-info")
    browser.find("button.tile")
    browser.type(Keys.ESCAPE)
    browser.wait_until("return document.querySelectorAll('.path li').length === 1")


def test_back_button_keeps_the_place(browser: Browser) -> None:
    """The back button scrolls to the place that a link has left."""
    browser.click("tbody a", rows(browser, 0)[90][0])
    browser.find(".path")
    assert browser.run("return scrollY") == 0
    browser.driver.back()
    browser.find("h1", "Overview")
    assert browser.run("return scrollY") > 1000


def test_areas_are_sizes(browser: Browser, document: dict[str, Any]) -> None:
    """The area of a tile is its share of the unzipped bytes, except for rounding to pixels."""
    artifact = find_artifact(document, MONOLITH)
    browser.go(artifact_view(MONOLITH), "button.tile")
    areas: dict[str, float] = browser.run("""
        const tiles = [...document.querySelectorAll("button.tile")];
        const area = (tile) => tile.offsetWidth * tile.offsetHeight;
        const all = tiles.reduce((sum, tile) => sum + area(tile), 0);
        return Object.fromEntries(tiles.map((tile) => [tile.tile.node?.name, area(tile) / all]));
        """)

    for name in ("numpy", "pandas", "botocore", "cryptography"):
        size = find_distribution(artifact, name)["unzipped_bytes"]
        assert areas[name] == pytest.approx(size / artifact["unzipped_bytes"], rel=0.04)


def test_small_files_are_combined(browser: Browser) -> None:
    """A tile combines the smallest files, and leads to the first of them in the list."""
    browser.go(artifact_view(MONOLITH, *ORDERS), PATH_END, "orders")
    browser.click("button.tile[aria-label*='smaller file']")
    tiles = browser.texts("button.tile:not([aria-label*='smaller file'])")
    label = browser.find("button.tile[aria-label*='smaller file']").get_attribute("aria-label")
    names = browser.texts(".side tbody th a")

    assert str(label).startswith(f"{258 - 1 - len(HOSTILE_NAMES) - len(tiles) + 1} smaller files, ")
    assert browser.focused() == names[len(tiles)]


def test_search_lists_versions(browser: Browser, document: dict[str, Any]) -> None:
    """A distribution's versions, each with its functions, layers, and functions of these layers."""
    places: dict[str, dict[str, int]] = {}
    for artifact in document["artifacts"]:
        for each in artifact["distributions"]:
            if each["name"] == "urllib3":
                kind = artifact["kind"] if each["layer"] is None else "through"
                version = places.setdefault(each["version"], {})
                version[kind] = version.get(kind, 0) + 1

    browser.search("urllib3")

    assert browser.texts(".result h3")[0] == "urllib32 versions"
    assert sorted(browser.texts(".version .places > p")) == sorted(
        [
            f"{places['1.26.20']['function']} functions",
            f"{places['2.5.0']['function']} functions",
            "1 layer",
            f"{places['2.5.0']['through']} functions through a layer",
        ]
    )
    browser.click(".version .places a")
    browser.find(".side h3", "urllib3")
    assert browser.texts(".path li") == ["All files", "urllib3"]


def test_search_opens_files(browser: Browser) -> None:
    """A file leads to its folder in an artifact that contains it, where it is marked."""
    browser.search("_part6")
    browser.click(".result .places a")
    browser.find("button.tile.current")

    assert browser.find(".side h3").text == "_part6.cpython-313-x86_64-linux-gnu.so"
    assert browser.texts(".tile.current .name") == ["_part6.cpython-313-x86_64-linux-gnu.so"]
    browser.driver.back()
    browser.find(".result")
    assert browser.find("#search").get_property("value") == "_part6"


def test_search_without_results(browser: Browser) -> None:
    """A query that nothing contains is named."""
    browser.search("no such <b>thing</b>")

    assert browser.texts("main > div") == ["Nothing contains “no such <b>thing</b>”."]


def test_distribution_shows_why(browser: Browser, document: dict[str, Any]) -> None:
    """A distribution's row opens the chain that leads to it, and the address keeps it open."""
    artifact = find_artifact(document, LAYERED)
    first = artifact["distributions"][0]
    browser.go(artifact_view(LAYERED), "button.toggle", first["name"])

    assert [row[:3] for row in rows(browser, 1)] == [
        [each["name"], each["version"], each["layer"] or "this function"]
        for each in sorted(artifact["distributions"], key=lambda each: -each["unzipped_bytes"])
    ]
    browser.click("button.toggle", first["name"])
    assert browser.texts(".detail .why li") == first["why"]
    browser.driver.refresh()
    browser.find(".detail .why")
    assert browser.texts(".detail .why li") == first["why"]


def test_layers_join_functions(browser: Browser, document: dict[str, Any]) -> None:
    """A selected layer names its functions, and layers without functions are listed."""
    attaching = [
        each["address"] for each in document["artifacts"] if "src/layers:aws" in each["layers"]
    ]
    browser.click("header nav a", "Layers")
    browser.click("button.node", "src/layers:aws")
    browser.click(".selected button.more")

    assert browser.texts(".selected a") == ["src/layers:aws", *attaching]
    assert browser.texts(".node.right.near") == [f"src/layers:aws{len(attaching)}"]
    assert sum(int(text.split("more")[-1]) for text in browser.texts(".node.left.near")) == len(
        attaching
    )
    assert browser.texts("main > section")[0] == (
        "Layers that no function attachessrc/layers:unused"
    )


def test_flame_chart(browser: Browser, document: dict[str, Any]) -> None:
    """The chart zooms into a module. Functions that were not measured name the option."""
    measured = document["import_time"]
    address = next(each for each in measured if len(measured[each]["modules"]) > 100)
    top = max((m for m in measured[address]["modules"] if m[3] == -1), key=lambda m: int(m[2]))
    browser.go(artifact_view(address), ".flames button", "all imports")

    assert "the median of 5 runs" in browser.find("main").text
    browser.click(".flames button", top[0])
    browser.wait_until("return location.hash.includes('module=')")
    widths = browser.run("""
        return [...document.querySelectorAll(".flames button")].slice(0, 2).map((tile) =>
          tile.offsetWidth / tile.parentElement.offsetWidth);
        """)
    assert widths == pytest.approx([1, 1], abs=0.01)
    browser.go(artifact_view(MONOLITH), "h1", MONOLITH)
    assert browser.texts("main > section:last-of-type p") == [
        "The report contains no import times. To measure them, run lambda-report with --import-time."
    ]


def test_advice_and_changes(browser: Browser, document: dict[str, Any]) -> None:
    """The advice shows its figures and the text for BUILD files, and changes their reasons."""
    browser.click(".callout a", "see the advice")
    browser.find("h1", "Advice")
    assert rows(browser, 0) == [
        ["An edit of each function", "1210.0 MiB", "640.0 MiB", "−570.0 MiB"],
        ["An upgrade of each distribution", "2480.0 MiB", "2238.0 MiB", "−242.0 MiB"],
    ]
    assert browser.texts("pre") == [document["advice"]["build_text"]]

    browser.click("header nav a", "Changes")
    browser.find("h1", "Changes")
    assert [row[5] for row in rows(browser, 0)] == ["–", "−9.0 ms180 ms → 171 ms", "–", "–"]
    assert [row[1:3] for row in rows(browser, 0)] == [
        ["new", ""],
        ["code changed", "src/orders/api.py changedupgraded: numpy 2.3.4 -> 2.3.5"],
        ["layers changed", "upgraded in src/layers:science: pandas 2.3.2 -> 2.3.3"],
        ["configuration changed", "handler: api.handler -> lambda_function.handler"],
    ]


def test_keyboard_alone(browser: Browser) -> None:
    """Search, results, the treemap and its tiles need no pointer, and the focus is never lost."""
    browser.type("/", "monolith")
    browser.wait_for_results()
    browser.type(Keys.ENTER)
    assert browser.focused() == MONOLITH
    browser.type(Keys.ENTER)
    browser.find("h1", MONOLITH)
    for _ in range(40):
        browser.type(Keys.TAB)
        if browser.focused().startswith("numpy 2.3.5, "):
            break
    assert browser.focused().startswith("numpy 2.3.5, 62.1 MiB, 37 % of the artifact")
    assert browser.find("#tooltip").is_displayed()
    browser.type(Keys.ARROW_RIGHT)
    assert browser.focused().startswith("botocore 1.40.9, ")
    browser.type(Keys.ARROW_LEFT, Keys.ENTER)
    browser.find(PATH_END, "numpy")
    assert browser.focused().startswith("numpy, 62.0 MiB")
    browser.type(Keys.ENTER)
    browser.find(".path li:nth-child(3)")
    assert browser.focused().startswith("_core, ")
    browser.type(Keys.ESCAPE)
    browser.wait_until("return document.querySelectorAll('.path li').length === 2")
    assert browser.focused().startswith("numpy, 62.0 MiB")
    browser.type(Keys.ESCAPE)
    browser.wait_until("return document.querySelectorAll('.path li').length === 1")
    assert browser.focused().startswith("numpy 2.3.5, 62.1 MiB")


def test_keys_in_the_layers(browser: Browser) -> None:
    """Arrow keys follow lines and columns, Enter selects, and Escape selects nothing."""
    browser.go("#view=layers", "h1", "Layers")
    browser.run("document.querySelector('.node').focus()")
    browser.type(Keys.ARROW_DOWN)
    assert browser.focused() == browser.run(
        "return document.querySelectorAll('.node.left')[1].ariaLabel"
    )
    browser.type(Keys.ARROW_RIGHT)
    assert browser.focused().startswith("src/layers:aws, ")
    browser.type(Keys.ENTER)
    browser.find(".node[aria-pressed='true']", "src/layers:aws")
    browser.type(Keys.ESCAPE)
    browser.wait_until("return !document.querySelector('.node[aria-pressed=true]')")
    assert browser.texts(".selected") == ["Select a function or a layer to see its neighbors."]


def test_hostile_names_are_texts(browser: Browser) -> None:
    """Names with markup, quotes, any script or great length are shown as they are, and found."""
    browser.go(artifact_view(MONOLITH, *ORDERS, "hostile"), PATH_END, "hostile")
    # A name with a slash is a folder with one file.
    folders = {name: name.rpartition("/")[0] for name in HOSTILE_NAMES}

    assert set(browser.texts(".side tbody th a")) == {
        f"{folder}1 file" if folder else name for name, folder in folders.items()
    }
    browser.search(HOSTILE_NAMES[0][:20])
    assert f"orders/hostile/{HOSTILE_NAMES[0]}" in "".join(browser.texts(".result p"))
    browser.click(".result .places a")
    browser.find("button.tile.current")
    assert browser.driver.title == f"{MONOLITH} – Lambda report"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(browser: Browser, scheme: str) -> None:
    """Every text has a contrast of at least 4.5 to the color behind it, in both schemes."""
    browser.emulate(scheme)
    for view in visit(
        browser,
        "#view=overview",
        artifact_view(MONOLITH),
        artifact_view(LAYERED),
        artifact_view(MONOLITH, "numpy", "numpy"),
        "#view=layers&address=src/layers:aws",
        "#view=search&q=urllib3",
        "#view=advice",
        "#view=changes",
    ):
        assert browser.lowest_contrast()[0] >= 4.5, (view, browser.lowest_contrast())


def test_print_is_white(browser: Browser) -> None:
    """Print is on white in the dark scheme, too, and without the header."""
    color = "return getComputedStyle(document.body).backgroundColor"
    browser.emulate("dark")
    assert browser.run(color) == "rgb(21, 24, 28)"
    browser.emulate("dark", media="print")

    assert browser.run(color) == "rgb(255, 255, 255)"
    assert not browser.find("header").is_displayed()


def test_overview_prints_with_other_views(
    browser: Browser, document: dict[str, Any], tmp_path: Path
) -> None:
    """The changes, the advice and all artifacts follow the overview, on paper only."""
    artifacts = document["artifacts"]
    rows_of_views = 200 + 3 + len(document["shared"]) + 4 + 2 + len(document["advice"]["layers"])

    browser.run("window.dispatchEvent(new Event('beforeprint'))")
    headings = ["Overview", "Changes", "Advice on layers", *(each["address"] for each in artifacts)]
    assert browser.texts("h1") == headings
    assert browser.texts("pre") == [document["advice"]["build_text"]]
    assert len(browser.texts("main tbody tr:not(.detail)")) == rows_of_views + sum(
        len(each["distributions"]) for each in artifacts
    )
    browser.run("window.dispatchEvent(new Event('afterprint'))")
    assert browser.texts("h1") == ["Overview"]

    browser.print(tmp_path / "report.pdf")
    printed = (tmp_path / "report.pdf").read_bytes()
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") > 50
    assert browser.texts("h1") == ["Overview"]
    assert len(rows(browser, 0)) == 200


@pytest.mark.parametrize("width", [1280, 500])
def test_views_fit_the_window(browser: Browser, width: int) -> None:
    """Only tables scroll to the side, in a box of their own."""
    browser.emulate(width=width)
    root = "document.documentElement"
    for view in visit(
        browser,
        "#view=overview",
        artifact_view(MONOLITH, *ORDERS, "hostile"),
        "#view=layers",
        "#view=search&q=long_name",
        "#view=changes",
    ):
        assert browser.run(f"return {root}.scrollWidth - {root}.clientWidth") == 0, view


def test_page_requests_nothing(browser: Browser, page: Path) -> None:
    """After visits to all views, the page itself is the only request, and the console is empty."""
    browser.requests()
    browser.errors()
    browser.open(page)
    names = ("artifact", "layers", "search", "advice", "changes", "no such view")
    list(visit(browser, *(f"#view={name}&address={MONOLITH}&q=numpy" for name in names)))

    assert {url for url in browser.requests() if not url.startswith(("data:", "about:"))} == {
        page.as_uri()
    }
    assert browser.errors() == []


def test_report_without_options(chromium: Browser, tmp_path: Path) -> None:
    """A report of one function, without advice, import time and comparison, says so."""
    document = generated_document(functions=1, files=50)
    document.update(advice=None, import_time=None, against=None, shared=[])
    document["artifacts"] = [each for each in document["artifacts"] if each["kind"] == "function"]
    chromium.errors()
    chromium.open(write_page(document, tmp_path))

    assert chromium.texts("header nav a") == ["Overview", "Layers", "Advice"]
    assert chromium.texts("h2") == ["Functions"]
    chromium.go("#view=layers", "h1", "Layers")
    chromium.go("#view=advice", "h1", "Advice")
    assert chromium.texts("p.lead") == [
        "No other layers would lower the bytes to upload by 10 % or more."
    ]
    assert chromium.errors() == []
