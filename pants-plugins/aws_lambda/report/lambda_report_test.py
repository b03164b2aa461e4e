"""The goal `lambda-report`: text, JSON, Markdown, and the changes since an earlier build."""

from __future__ import annotations

import json
import re
import shutil
import textwrap
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from pants.engine.internals.scheduler import ExecutionError

from aws_lambda.artifact.output.manifest import format_bytes
from aws_lambda.report.lambda_report import PAGE, LambdaReport
from aws_lambda.testing.app_files import HANDLER_SOURCE
from aws_lambda.testing.repository import TrialRepository

API = "from lib import parse\n\n\ndef handler(event, context):\n    return parse(event)\n"
BUILD = """\
__defaults__({{(lambda_function, lambda_layer): dict(runtime="python3.13")}})
python_sources(interpreter_constraints=["CPython>=3.12,<3.14"])
lambda_layer(name="deps", requirements_of=[":api"])
lambda_function(name="api", handler="api.py:handler", layers=[":deps"])
lambda_function(name="one", handler="one.py:handler")
lambda_function(name="two", handler="two.py:handler"{fields})
"""
TWO = "import shared\n" + API


@pytest.fixture
def orders(repository: TrialRepository) -> TrialRepository:
    """Three functions over the distribution `lib`, which requires `dep`, and a layer."""
    repository.add_wheel("lib==1.0", {"lib.py": "def parse(event): ...\n"}, requires="dep")
    repository.add_wheel("dep==2.0", {"dep/data.txt": "x" * 3000})
    repository.add_wheel("lib==1.1", {"lib.py": "def parse(event): return event\n"})
    repository.add_wheel("new==3.0", {"new.py": ""})
    repository.lock("lib==1.0", "dep==2.0", "new==3.0")
    repository.write(
        {
            "src/orders/BUILD": BUILD.format(fields=""),
            "src/orders/api.py": API,
            "src/orders/one.py": API,
            "src/orders/two.py": TWO,
            "src/shared.py": "",
            "src/BUILD": 'python_sources(interpreter_constraints=["CPython>=3.12,<3.14"])',
        }
    )
    return repository


def report(orders: TrialRepository, *args: str) -> str:
    return orders.run_goal(LambdaReport, *args)


def zip_size(orders: TrialRepository, name: str) -> str:
    return format_bytes(orders.package(name, "src/orders").metadata["zip_bytes"])


def build_before(orders: TrialRepository, folder: Path, *targets: str) -> str:
    """Package targets into the folder `main`, and return the option that compares with it."""
    orders.run_package_goal(*targets)
    shutil.move(str(orders.root / "dist"), folder / "main")
    return f"--against={folder}/main"


def test_text(orders: TrialRepository) -> None:
    """A function is reported with the layers that it attaches, in which most of its code is."""
    written = report(orders, "src/orders:api")

    assert written == (
        "src/orders:api (function)\n"
        "  Runtime: python3.13 (x86_64), supported until 2029-06-30\n"
        f"  Size: {zip_size(orders, 'api')} zipped (0 % of 50 MiB), 119 B unzipped, "
        "3.8 KiB with its layers (0 % of 250 MiB)\n"
        "  Layers: src/orders:deps\n"
        "  Contents: 100 % first-party code\n"
        "  Distributions:\n"
        "    dep 2.0  3.3 KiB  src/orders:deps  lib requires dep\n"
        "    lib 1.0  392 B    src/orders:deps  orders.api imports lib\n"
        "\n"
        "src/orders:deps (layer)\n"
        "  Runtime: python3.13 (x86_64), supported until 2029-06-30\n"
        f"  Size: {zip_size(orders, 'deps')} zipped (0 % of 50 MiB), 3.7 KiB unzipped "
        "(0 % of 250 MiB)\n"
        "  Contents: 0 % first-party code\n"
        "  Not imported: dep 2.0 (3.3 KiB; lib requires dep)\n"
        "  Distributions:\n"
        "    dep 2.0  3.3 KiB  in the artifact  lib requires dep\n"
        "    lib 1.0  392 B    in the artifact  orders.api imports lib\n"
        "\n"
        "No other layers would lower the bytes to upload by 10 % or more.\n"
    )


def test_distribution_in_several_functions(orders: TrialRepository) -> None:
    """The text lists the distributions that a layer could contain, with the sum of their sizes."""
    written = report(orders, "src/orders:one", "src/orders:two")

    assert (
        "\n\nIn several functions, and in none of their layers:\n"
        "  dep 2.0  2 functions  6.6 KiB in all\n"
        "  lib 1.0  2 functions  784 B in all\n\n"
    ) in written


def test_advice(orders: TrialRepository) -> None:
    """Layers that lower the bytes to upload are text for BUILD files, with the figures."""
    written = report(orders, "src/orders:one", "src/orders:two")
    figures = r"  an edit of each function         [\d.]+ KiB -> [\d.]+ (?:KiB|B)\n"
    figures += r"  an upgrade of each distribution  [\d.]+ KiB -> [\d.]+ KiB\n"

    assert re.search(
        "\n\nOther layers would lower the bytes to upload:\n" + figures + re.escape("""
  # src/orders/BUILD
  lambda_layer(
      name="lib-layer",
      requirements_of=["attached"],
      runtime="python3.13",
      architecture="x86_64",
  )

  # src/orders:one
  # src/orders:two
  layers=["src/orders:lib-layer"],
""") + "$",
        written,
    ), written


def test_advice_for_a_common_package(repository: TrialRepository) -> None:
    """The advice keeps distributions with a common regular package together, so it can be built."""
    repository.add_wheel("base==1.0", {"base/__init__.py": "", "base/data": "x" * 9000})
    repository.add_wheel("plug==1.0", {"base/plug.py": ""})
    repository.lock("base==1.0", "plug==1.0")
    build = (
        'python_sources()\n{more}__defaults__({{lambda_function: dict(runtime="python3.13")}})\n'
        'lambda_function(name="one", handler="api.py:handler", {one}'
        'dependencies=["3rdparty/default:base"])\n'
        'lambda_function(name="two", handler="api.py:handler", {two}'
        'dependencies=["3rdparty/default:base", "3rdparty/default:plug"])\n'
    )
    repository.write(
        {"src/api.py": HANDLER_SOURCE, "src/BUILD": build.format(more="", one="", two="")}
    )

    advice = textwrap.dedent(report(repository, "src:").partition("to upload:\n")[2])
    targets = advice.partition("# src/BUILD\n")[2].partition("# src:")[0]
    layers = {name: f"{line} " for name, line in re.findall(r"# src:(\w+)\n(layers=.*)", advice)}
    repository.write({"src/BUILD": build.format(more=targets, **layers)})

    assert layers == {
        "one": 'layers=["src:base-layer"], ',
        "two": 'layers=["src:base-plug-layer"], ',
    }
    for name in layers:
        assert repository.package(name).code == ["api.py", "lambda_function.py"]


def test_page(orders: TrialRepository) -> None:
    """The page is in `dist/`, and contains the document with the files of the zips."""
    report(orders, "src/orders:api")

    page = (orders.root / "dist" / PAGE).read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert found
    document = json.loads(found[1])
    api, deps = document["artifacts"]
    for artifact, name in ((api, "api"), (deps, "deps")):
        archive = orders.package(name, "src/orders").zip
        sizes = {each.filename: each.file_size for each in archive.infolist()}
        lists = [document["file_lists"][position] for _, position in artifact["files"]]
        assert {path: size for files in lists for path, size, _ in files} == sizes


def test_json(orders: TrialRepository) -> None:
    """Sizes in the document are those of the zips, and files are left out."""
    document = json.loads(report(orders, "--output-format=json", "src/orders:"))

    assert [each["address"] for each in document["artifacts"]] == [
        "src/orders:api",
        "src/orders:one",
        "src/orders:two",
        "src/orders:deps",
    ]
    for each in document["artifacts"]:
        built = orders.package(each["address"].partition(":")[2], "src/orders")
        assert each["path"] == built.output
        assert each["zip_bytes"] == len(built.files[built.output])
        assert each["unzipped_bytes"] == sum(entry.file_size for entry in built.zip.infolist())
        for distribution in each["distributions"]:
            if distribution["layer"] is None:
                check_sizes(built.zip, distribution)
        assert "files" not in each


def check_sizes(archive: zipfile.ZipFile, distribution: Mapping[str, Any]) -> None:
    """Compare the sizes of a distribution with its entries in the zip."""
    name = distribution["name"]
    entries = [e for e in archive.infolist() if e.filename.split("python/")[-1].startswith(name)]
    assert entries
    assert distribution["unzipped_bytes"] == sum(entry.file_size for entry in entries)
    packed = sum(76 + 2 * len(e.filename) + e.compress_size for e in entries)
    assert distribution["zip_bytes"] == pytest.approx(packed, abs=20)


def test_markdown(orders: TrialRepository) -> None:
    """Functions and layers are tables, and so are distributions that functions share."""
    one, two, deps = (zip_size(orders, name) for name in ("one", "two", "deps"))

    assert report(orders, "--output-format=markdown", "src/orders:").startswith(
        "| function | runtime | zipped | unzipped | with layers (of 250 MiB) |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| `src/orders:api` | python3.13 (x86_64), supported until 2029-06-30 | "
        f"{zip_size(orders, 'api')} (0 %) | 119 B | 3.8 KiB (0 %) |\n"
        "| `src/orders:one` | python3.13 (x86_64), supported until 2029-06-30 | "
        f"{one} (0 %) | 3.8 KiB | 3.8 KiB (0 %) |\n"
        "| `src/orders:two` | python3.13 (x86_64), supported until 2029-06-30 | "
        f"{two} (0 %) | 3.8 KiB | 3.8 KiB (0 %) |\n"
        "\n"
        "| layer | zipped | unzipped | largest distributions |\n"
        "| --- | --- | --- | --- |\n"
        f"| `src/orders:deps` | {deps} (0 %) | 3.7 KiB | dep 2.0, lib 1.0 |\n"
        "\n"
        "| in several functions | functions | unzipped in all |\n"
        "| --- | --- | --- |\n"
        "| dep 2.0 | 2 | 6.6 KiB |\n"
        "| lib 1.0 | 2 | 784 B |\n"
        "\n"
        "```text\n"
        "Other layers would lower the bytes to upload:\n"
    )


def rewrite(path: str, content: str) -> Callable[[TrialRepository], None]:
    return lambda repository: repository.write({path: content})


def rewrite_two(fields: str) -> Callable[[TrialRepository], None]:
    return rewrite("src/orders/BUILD", BUILD.format(fields=fields))


def upgrade(repository: TrialRepository) -> None:
    for path in (repository.root / "wheels").glob("lib-1.0*"):
        path.unlink()
    repository.lock("lib==1.1", "dep==2.0", "new==3.0")


UPGRADED = ["other versions: lib 1.0 -> 1.1", "no longer needed: dep 2.0"]
# A change, and for each changed artifact the part that a deployment changes, and the reasons.
CHANGES: Mapping[str, tuple[Callable[[TrialRepository], None], Mapping[str, list[str]]]] = {
    "nothing": (lambda repository: None, {}),
    "handler": (
        rewrite("src/orders/two.py", f"{TWO}# edited\n"),
        {"two": ["code", "changed: src/orders/two.py"]},
    ),
    "shared module": (
        rewrite("src/shared.py", "EDITED = 1\n"),
        {"two": ["code", "changed: src/shared.py"]},
    ),
    "upgrade": (
        upgrade,
        {
            "api": ["layers", f"the layer src/orders:deps ({'; '.join(UPGRADED)})"],
            **{name: ["code", *UPGRADED] for name in ("one", "two", "deps")},
        },
    ),
    "new distribution": (
        rewrite("src/orders/two.py", f"import new\n{TWO}"),
        {"two": ["code", "changed: src/orders/two.py", "new distributions: new 3.0"]},
    ),
    "removed layer": (
        rewrite("src/orders/BUILD", BUILD.format(fields="").replace(', layers=[":deps"]', "")),
        {
            "api": [
                "code",
                "new distributions: dep 2.0, lib 1.0",
                "no longer attaches src/orders:deps",
            ]
        },
    ),
    "runtime": (
        rewrite_two(', runtime="python3.12"'),
        {"two": ["configuration", "runtime: python3.13 -> python3.12"]},
    ),
    "architecture": (
        rewrite_two(', architecture="arm64"'),
        {"two": ["configuration", "architecture: x86_64 -> arm64"]},
    ),
    "exclude": (
        rewrite_two(', exclude=["dep/data.txt"]'),
        {"two": ["code", "excluded: dep/data.txt"]},
    ),
    "bytecode": (
        rewrite_two(', bytecode="all"'),
        {"two": ["code", "bytecode: none by None -> all by CPython 3.13.…"]},
    ),
}


@pytest.mark.parametrize(("change", "changed"), CHANGES.values(), ids=CHANGES)
def test_changes(
    orders: TrialRepository,
    tmp_path: Path,
    change: Callable[[TrialRepository], None],
    changed: Mapping[str, list[str]],
) -> None:
    """The comparison names exactly the artifacts that a deployment changes, and why."""
    against = build_before(orders, tmp_path, "src/orders:")
    change(orders)
    orders.runner.scheduler.invalidate_all_files()

    document = json.loads(report(orders, against, "--output-format=json", "src/orders:"))

    found = {
        each["address"].partition(":")[2]: [
            each["change"],
            *(re.sub(r"(CPython 3\.13\.)\d+", r"\1…", reason) for reason in each["reasons"]),
        ]
        for each in document["against"]["changes"]
        if each["change"] != "none"
    }
    assert found == changed


def test_changes_as_text(orders: TrialRepository, tmp_path: Path) -> None:
    """The last paragraph counts the changes, and lists each with its reasons."""
    against = build_before(orders, tmp_path, "src/orders:")
    orders.write({"src/shared.py": "EDITED = 1\n"})

    written = report(orders, against, "src/orders:")

    assert written.endswith(
        f"\n\nCompared with {tmp_path}/main: 1 of 3 functions changed and 0 of 1 layer changed.\n"
        "  src/orders:two (code; +11 B)\n"
        "    changed: src/shared.py\n"
    )


def test_changes_as_markdown(orders: TrialRepository, tmp_path: Path) -> None:
    """The changes are the first paragraph, which a reviewer sees first."""
    against = build_before(orders, tmp_path, "src/orders:two")
    orders.write({"src/shared.py": "EDITED = 1\n"})

    written = report(orders, against, "--output-format=markdown", "src/orders:two")

    assert written.startswith(
        f"Compared with `{tmp_path}/main`: 1 of 1 function changed.\n"
        "\n"
        "| target | change | unzipped | reasons |\n"
        "| --- | --- | --- | --- |\n"
        "| `src/orders:two` | code | +11 B | changed: src/shared.py |\n"
        "\n"
    )


def test_import_times(orders: TrialRepository, tmp_path: Path) -> None:
    """Each handler is imported in several processes, and a later report shows the difference."""
    orders.write({"src/orders/two.py": f"import decimel\n{TWO}"})
    orders.write({"src/orders/BUILD": BUILD.format(fields=', ignore=["L005:decimel"]')})

    measured = ("--import-time", "--import-time-runs=2")
    written = report(orders, *measured, "src/orders:one", "src/orders:two")
    shutil.move(str(orders.root / "dist"), tmp_path / "main")

    one, two = written.split("\n\n")[:2]
    assert re.search(r"  Import time: [\d.]+ ms \([\d.]+ ms to [\d.]+ ms in 2 processes\)\n", one)
    assert "  Slowest imports, without the packages that they import:\n" in one
    assert (
        "  Import time: not measured, it does not start: Unable to import module "
        "'lambda_function': No module named 'decimel'\n"
    ) in two

    orders.run_package_goal("src/orders:one")
    for path in (orders.root / "dist").glob("src.orders"):
        shutil.move(str(path), tmp_path / "main")
    orders.write({"src/orders/one.py": f"{API}# edited\n"})
    arguments = (*measured, f"--against={tmp_path}/main", "src/orders:one")
    assert re.search(r"\n    import time: [\d.]+ ms -> [\d.]+ ms\n", report(orders, *arguments))


def error(orders: TrialRepository, *args: str) -> str:
    with pytest.raises(ExecutionError) as failed:
        report(orders, *args)
    orders.wait_until_idle()
    (fault,) = cast("list[Exception]", failed.value.wrapped_exceptions)
    return f"{type(fault).__name__}: {fault}"


def test_no_artifact(orders: TrialRepository) -> None:
    """Other targets are ignored, and at least one function or layer must remain."""
    assert error(orders, "src:src") == (
        "NothingToReport: `lambda-report` was given no function or layer.\n"
        "\n"
        "To fix, name targets, such as `pants lambda-report ::`."
    )


@pytest.mark.parametrize(
    ("files", "fact"),
    [
        (None, "main  is no folder"),
        ({}, "main  contains no file *.metadata.json"),
        (
            {"a.metadata.json": "{"},
            "main/a.metadata.json  cannot be read: JSONDecodeError: Expecting property name "
            "enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        (
            {"a.metadata.json": '{"schema_version": 2}'},
            "main/a.metadata.json  has schema_version 2, and this backend reads 1",
        ),
    ],
)
def test_no_earlier_build(
    orders: TrialRepository, tmp_path: Path, files: Mapping[str, str] | None, fact: str
) -> None:
    """The folder must contain the metadata of a build that this backend can read."""
    folder = tmp_path / "main"
    if files is not None:
        folder.mkdir()
    for name, content in (files or {}).items():
        (folder / name).write_text(content)
    named = f"{folder}/a.metadata.json" if files else str(folder)

    assert error(orders, f"--against={folder}", "src/orders:") == (
        f"NoEarlierBuild: There is no earlier build in {named}.\n"
        "\n"
        f"  {tmp_path}/{fact}\n"
        "\n"
        "To fix, build the earlier revision with `pants package ::`, copy `dist/` to a folder "
        "outside the repository, and name that folder."
    )
