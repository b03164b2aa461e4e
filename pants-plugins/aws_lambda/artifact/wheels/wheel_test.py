"""Test how wheels are read and checked, and the files that installing them creates."""

from __future__ import annotations

import ast
import csv
import hashlib
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_lambda.artifact.contents import (
    ArtifactFile,
    Distribution,
    GeneratedOrigin,
    WheelOrigin,
    urlsafe_sha256,
)
from aws_lambda.artifact.wheels.installed_paths import Placement, installed_files
from aws_lambda.artifact.wheels.record import add_records
from aws_lambda.artifact.wheels.wheel import (
    MAX_UNPACKED_BYTES,
    BadWheel,
    EntryPoint,
    Wheel,
    is_pth_code,
    parse_pth_lines,
    read_wheel,
)
from aws_lambda.testing.wheels import (
    METADATA,
    SHA256,
    WHEEL,
    WHEEL_FILE,
    demo_wheel,
    dist_info_files,
    report_entry,
    wheel_report,
)

TASK = Placement("", "/var/lang/bin/python3.13")
LAYER = Placement("python", "/var/lang/bin/python3.13")
BOUND_LAYER = Placement("python/lib/python3.13/site-packages", "/var/lang/bin/python3.13")
INFO = {f"demo-1.0.dist-info/{name}" for name in ("METADATA", "WHEEL", "RECORD")}


def scripts_of(placement: Placement, *names: str) -> Placement:
    return Placement(placement.root, placement.python, frozenset(names))


def refusal(document: dict[str, Any]) -> str:
    with pytest.raises(BadWheel) as caught:
        read_wheel(WHEEL_FILE, SHA256, document)
    return str(caught.value)


def installed_paths(wheel: Wheel, placement: Placement = TASK) -> set[str]:
    return {file.path for file in installed(wheel, placement)}


def installed(wheel: Wheel, placement: Placement = TASK) -> tuple[ArtifactFile, ...]:
    """The files that installing a wheel creates in an artifact, with its `RECORD`."""
    files = installed_files(wheel, placement)
    return add_records(files, files, placement.root)


def content(files: tuple[ArtifactFile, ...], path: str) -> str:
    """The text of a generated file."""
    (origin,) = (file.origin for file in files if file.path == path)
    assert isinstance(origin, GeneratedOrigin)
    return origin.content.decode("utf-8", "surrogateescape")


def test_metadata_decides_name_and_tags() -> None:
    """Name and version are in METADATA, and tags in WHEEL; the file name does not matter."""
    files = dist_info_files(
        METADATA="Metadata-Version: 2.1\nName: My.Demo\nVersion: 1.0+cpu\n\nName: in the text\n",
        WHEEL="Wheel-Version: 1.9\nTag: py3-none-any\nTag: cp313-cp313-linux_x86_64\n",
    )
    found = read_wheel(WHEEL_FILE, SHA256, wheel_report(files))

    assert found.distribution == Distribution("my-demo", "1.0+cpu", WHEEL_FILE, SHA256)
    assert str(found.owner) == "my-demo 1.0+cpu"
    assert found.dist_info == "demo-1.0.dist-info"
    assert found.tags == ("cp313-cp313-linux_x86_64", "py3-none-any")


def test_entries_have_measured_values() -> None:
    """An entry has a hash, a size, an executable bit, and the place of its stream."""
    found = demo_wheel(
        {},
        report_entry("demo/"),
        report_entry("demo/run.sh", b"run", mode=0o100755, data=7, packed=2, method=8),
        report_entry("demo/a.py", b"a", mode=0),
    )

    assert [
        (each.path, each.executable) for each in found.entries if "/RECORD" not in each.path
    ] == [
        ("demo-1.0.dist-info/METADATA", False),
        ("demo-1.0.dist-info/WHEEL", False),
        ("demo/a.py", False),
        ("demo/run.sh", True),
    ]
    run = found.entries[-1]
    assert (run.sha256, run.size) == (hashlib.sha256(b"run").hexdigest(), 3)
    assert run.origin == WheelOrigin(WHEEL_FILE, "demo/run.sh", 7, 2, 8, run.origin.crc)


def test_native_entries_are_elf_files() -> None:
    """An entry is native by its first bytes, not by its name."""
    found = demo_wheel({}, report_entry("demo/a.so"), report_entry("demo/b", elf=True))

    assert [each.path for each in found.entries if each.is_native] == ["demo/b"]


@pytest.mark.parametrize(
    ("mode", "readable"),
    [
        (0, True),
        (0o100000, True),
        (0o100644, True),
        (0o100444, True),
        (0o644, True),
        (0o100600, False),
        (0o100640, False),
        (0o100755, True),
        (0o100711, False),
    ],
)
def test_readable_entry_is_readable_by_all(mode: int, readable: bool) -> None:
    """Entries of a wheel without modes are readable."""
    (file,) = (
        e for e in demo_wheel({}, report_entry("demo.py", mode=mode)).entries if e.path == "demo.py"
    )

    assert file.is_readable is readable


@pytest.mark.parametrize(
    ("text", "lines", "code"),
    [
        ("", (), ()),
        ("folder\n../other \n", ("folder", "../other"), ()),
        ("import a\n", ("import a",), ("import a",)),
        ("import\ta; a.b()", ("import\ta; a.b()",), ("import\ta; a.b()",)),
        ("# import a\nimport b\r\n\nfolder\n", ("import b", "folder"), ("import b",)),
        (" import a\n", (" import a",), ()),
        ("importlib\nimport\n", ("importlib", "import"), ()),
        ("from a import b\n", ("from a import b",), ()),
    ],
)
def test_lines_of_pth_files_that_run_at_start(
    text: str, lines: tuple[str, ...], code: tuple[str, ...]
) -> None:
    """`site` runs lines that start with `import` and a space or a tab; other lines are folders."""
    assert parse_pth_lines(text) == lines
    assert tuple(filter(is_pth_code, lines)) == code
    assert demo_wheel({**dist_info_files(), "a.pth": text, "a.txt": text}).pth_lines == tuple(
        ("a.pth", line) for line in lines
    )


@pytest.mark.parametrize(
    ("headers", "licenses"),
    [
        ("", ()),
        (
            "License-Expression: MIT OR Apache-2.0\n",
            (("License-Expression", "MIT OR Apache-2.0"),),
        ),
        ("License: BSD\n", (("License", "BSD"),)),
        ("\nLicense: in the text\n", ()),
    ],
)
def test_licenses_are_headers_of_metadata(
    headers: str, licenses: tuple[tuple[str, str], ...]
) -> None:
    """The text after the headers is the project's README."""
    assert demo_wheel(dist_info_files(METADATA=METADATA + headers)).licenses == licenses


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("", ()),
        ("[console_scripts]\na = b:c\n", (EntryPoint("a", "b", "c"),)),
        ("[console_scripts]\na-b.c = d.e:f.g\n", (EntryPoint("a-b.c", "d.e", "f.g"),)),
        ("[console_scripts]\nA=b:c [extra]\n", (EntryPoint("A", "b", "c"),)),
        ("[console_scripts]\na = b : c\n", (EntryPoint("a", "b", "c"),)),
        ("[gui_scripts]\na = b:c\n", (EntryPoint("a", "b", "c"),)),
        ("[console_scripts]\na = b\n", ()),
        ("[console_scripts]\na = b:c; import os\n", ()),
        ("[other]\na = b:c\n", ()),
        ("[console_scripts]\na = %(x)s:c\n", ()),
        ("[console_scripts]\na = b:c\na = d:e\n", (EntryPoint("a", "d", "e"),)),
        ("no section\n", ()),
    ],
)
def test_entry_points_for_scripts(text: str, points: tuple[EntryPoint, ...]) -> None:
    """Entries of both groups are scripts, unless they are invalid or name no function."""
    assert demo_wheel(dist_info_files(entry_points__txt=text)).entry_points == points


@pytest.mark.parametrize(
    ("member", "row"),
    [
        (report_entry("/etc/passwd"), "/etc/passwd  it is absolute"),
        (report_entry("../a.py"), "../a.py  it leaves its folder"),
        (report_entry("../folder/"), "../folder/  it leaves its folder"),
        (report_entry("C:/a.py"), "C:/a.py  it starts with a drive letter"),
        (report_entry("a\\b.py"), "a\\\\b.py  it contains a backslash"),
        (report_entry("a//b.py"), "a//b.py  it is not normalized"),
        (report_entry("a\0.py"), "a\\x00.py  it contains a control character"),
        (report_entry(""), "  it is empty"),
        (report_entry("/"), "/  it is empty"),
        (report_entry("a", mode=0o120777), "a  it is a symbolic link"),
        (report_entry("a", encrypted=True), "a  it is encrypted"),
        (
            report_entry("a", method=14),
            "a  its compression method is 14, which unpackers need not support",
        ),
        (report_entry("a", size=1033, packed=1), "a  it declares 1,033 bytes, compressed to 1"),
        (report_entry("a", size=1033, packed=0), "a  it declares 1,033 bytes, compressed to 0"),
        (
            report_entry("a", broken="its checksum (CRC-32) is wrong"),
            "a  its checksum (CRC-32) is wrong",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_unsafe_entry_is_refused(member: dict[str, Any], row: str) -> None:
    """The error prints the escaped path of the entry, and one reason."""
    assert refusal(wheel_report(dist_info_files(), member)) == (
        f"The wheel {WHEEL_FILE} cannot be unpacked safely.\n"
        "\n"
        f"  {row}\n"
        "\n"
        "No artifact was written.\n"
        "\n"
        "To fix, download the wheel again if it is damaged. Otherwise, lock another version of its "
        "project, and report the wheel to the project."
    )


def test_error_lists_all_unsafe_entries() -> None:
    """Single unsafe entries are first, then entries that exclude each other."""
    document = wheel_report(
        {},
        report_entry("/a"),
        report_entry("b/c.py"),
        report_entry("b/c.py"),
        report_entry("d/README"),
        report_entry("d/readme"),
        report_entry("e"),
        report_entry("e/f.py"),
        report_entry("g", size=MAX_UNPACKED_BYTES, packed=MAX_UNPACKED_BYTES),
    )

    assert refusal(document) == dedent(f"""
        The wheel {WHEEL_FILE} cannot be unpacked safely.

          /a        it is absolute
          b/c.py    it is in the wheel twice
          d/readme  it differs from d/README only in case
          e         it is a file, and also the folder of e/f.py

        No artifact was written.

        To fix, download the wheel again if it is damaged. Otherwise, lock another version of its project, and report the wheel to the project.
        """).strip()


def test_zip_bomb_is_refused() -> None:
    """The sum of the declared sizes is limited, even if each entry is valid."""
    half = MAX_UNPACKED_BYTES // 2
    document = wheel_report(
        {}, report_entry("a", size=half, packed=half), report_entry("b", size=half + 1, packed=half)
    )

    assert "\n  the archive  it declares 1,073,741,825 bytes unpacked\n" in refusal(document)


def test_file_that_is_no_archive_is_refused() -> None:
    """The error has the message of the zip reader."""
    assert "\n  the archive  it cannot be read: File is not a zip file\n" in refusal(
        {"unreadable": "File is not a zip file"}
    )


@pytest.mark.parametrize(
    ("files", "facts"),
    [
        ({}, ["folders named *.dist-info: none"]),
        ({"demo.dist-info": ""}, ["folders named *.dist-info: none"]),
        ({"sub/demo-1.0.dist-info/METADATA": METADATA}, ["folders named *.dist-info: none"]),
        (
            {**dist_info_files(), "b-1.dist-info/METADATA": "", "a-1.dist-info/METADATA": ""},
            ["folders named *.dist-info: a-1.dist-info, b-1.dist-info, demo-1.0.dist-info"],
        ),
        (
            {"demo-1.0.dist-info/RECORD": ""},
            [
                "demo-1.0.dist-info/METADATA  it has no `Name`",
                "demo-1.0.dist-info/METADATA  it has no `Version`",
                "demo-1.0.dist-info/WHEEL     it has no `Wheel-Version`",
            ],
        ),
        (
            dist_info_files(METADATA="Name: demo\n", WHEEL="Wheel-Version: 2.0\n"),
            [
                "demo-1.0.dist-info/METADATA  it has no `Version`",
                "demo-1.0.dist-info/WHEEL     its `Wheel-Version` is '2.0'",
            ],
        ),
        (
            {**dist_info_files(), "demo-1.0.data/lib/x": "", "demo-1.0.data/x": ""},
            [
                "demo-1.0.data/lib/x: not installed anywhere",
                "demo-1.0.data/x: not installed anywhere",
            ],
        ),
        (
            {**dist_info_files(), "demo-1.0.data/purelib": ""},
            ["demo-1.0.data/purelib: not installed anywhere"],
        ),
    ],
)
def test_archive_that_is_no_wheel_is_refused(files: dict[str, str], facts: list[str]) -> None:
    """A wheel has one `*.dist-info` folder, and only known folders in `*.data`."""
    assert refusal(wheel_report(files)) == (
        f"The wheel {WHEEL_FILE} does not describe its contents.\n"
        "\n"
        f"{''.join(f'  {fact}{chr(10)}' for fact in facts)}"
        "\n"
        "The wheel specification requires one *.dist-info folder with METADATA and WHEEL.\n"
        "\n"
        "To fix, lock another version of its project, and report the wheel to the project."
    )


def test_code_is_installed_in_the_root() -> None:
    """So are files in `purelib`, `platlib` and `data`, but not headers and scripts."""
    demo = demo_wheel(
        {
            "demo/__init__.py": "",
            "demo.libs/libz.so": "",
            "demo-1.0.data/purelib/pure.py": "",
            "demo-1.0.data/platlib/native.so": "",
            "demo-1.0.data/data/share/demo.txt": "",
            "demo-1.0.data/headers/demo.h": "",
            "demo-1.0.data/scripts/demo": "",
        }
    )
    carried = {"demo/__init__.py", "demo.libs/libz.so", "pure.py", "native.so", "share/demo.txt"}

    assert installed_paths(demo) == {*carried, *INFO}
    assert installed_paths(demo, LAYER) == {f"python/{path}" for path in (*carried, *INFO)}


def test_files_of_installers_are_left_out() -> None:
    """So are bytecode, and the `RECORD` with its signatures, which is generated again."""
    demo = demo_wheel(
        dist_info_files(
            INSTALLER="pip",
            REQUESTED="",
            direct_url__json="{}",
            RECORD__jws="",
            RECORD__p7s="",
            LICENSE="",
            entry_points__txt="",
            top_level__txt="demo",
        ),
        report_entry("demo/__pycache__/a.cpython-313.pyc"),
        report_entry("demo/RECORD"),
        report_entry("demo/INSTALLER"),
    )
    kept = {
        f"demo-1.0.dist-info/{name}" for name in ("LICENSE", "entry_points.txt", "top_level.txt")
    }

    assert installed_paths(demo) == {*INFO, *kept, "demo/RECORD", "demo/INSTALLER"}


def test_license_with_the_name_of_a_record_is_kept() -> None:
    """Only files directly in `*.dist-info` are left out by their names."""
    assert "demo-1.0.dist-info/licenses/RECORD" in installed_paths(
        demo_wheel({"demo-1.0.dist-info/licenses/RECORD": ""})
    )


@pytest.mark.parametrize(
    ("placement", "code", "script"),
    [
        (TASK, "demo/a,b.py", "bin/demo"),
        (LAYER, "demo/a,b.py", "../bin/demo"),
        (BOUND_LAYER, "demo/a,b.py", "../../../../bin/demo"),
    ],
)
def test_record_lists_installed_files(placement: Placement, code: str, script: str) -> None:
    """It lists every file of the artifact, relative to importable code, with hash and size."""
    demo = demo_wheel(
        dist_info_files(entry_points__txt="[console_scripts]\ndemo = demo:main\n"),
        report_entry("demo/a,b.py", b"content"),
    )
    files = installed(demo, scripts_of(placement, "demo"))
    text = content(files, placement.inside("demo-1.0.dist-info/RECORD"))
    rows = [tuple(row) for row in csv.reader(text.splitlines())]
    by_path = {file.path: file for file in files}
    wrapper = by_path["bin/demo"]

    assert rows == sorted(rows)
    assert len(rows) == len(files)
    assert (code, f"sha256={urlsafe_sha256(hashlib.sha256(b'content').hexdigest())}", "7") in rows
    assert (script, f"sha256={urlsafe_sha256(wrapper.sha256)}", str(wrapper.size)) in rows
    assert ("demo-1.0.dist-info/RECORD", "", "") in rows


def test_record_of_the_wheel_is_replaced() -> None:
    """Its hashes may be wrong, and it lists files that are not installed."""
    demo = demo_wheel(dist_info_files(RECORD="wrong.py,sha256=x,1\n"))
    text = content(installed(demo), "demo-1.0.dist-info/RECORD")

    assert text == (
        f"demo-1.0.dist-info/METADATA,sha256={_urlsafe(METADATA)},{len(METADATA)}\n"
        "demo-1.0.dist-info/RECORD,,\n"
        f"demo-1.0.dist-info/WHEEL,sha256={_urlsafe(WHEEL)},{len(WHEEL)}\n"
    )


def test_only_selected_scripts_are_installed() -> None:
    """`bin/` contains only the scripts that the field `scripts` names."""
    demo = demo_wheel(
        dist_info_files(entry_points__txt="[console_scripts]\none = demo:main\ntwo = demo:main\n"),
        report_entry("demo-1.0.data/scripts/three"),
    )

    assert demo.scripts == {"one", "two", "three"}
    assert {path for path in installed_paths(demo) if path.startswith("bin/")} == set()
    asked = installed_paths(demo, scripts_of(TASK, "two", "three"))
    assert {path for path in asked if path.startswith("bin/")} == {"bin/two", "bin/three"}


def test_omitted_entries_are_listed() -> None:
    """They are scripts, headers, bytecode and files of installers, with their sizes."""
    demo = demo_wheel(
        dist_info_files(
            entry_points__txt="[console_scripts]\none = demo:main\ntwo = demo:main\n",
            INSTALLER="pip\n",
            RECORD__jws="{}",
        ),
        report_entry("demo.py", b"x = 1\n"),
        report_entry("demo-1.0.data/purelib/more.py", b"x = 1\n"),
        report_entry("demo-1.0.data/data/etc/demo.conf", b"x = 1\n"),
        report_entry("demo-1.0.data/scripts/three", b"three"),
        report_entry("demo-1.0.data/scripts/four", b"four"),
        report_entry("demo-1.0.data/headers/a.h", b"123"),
        report_entry("demo-1.0.data/headers/b/b.h", b"12345"),
        report_entry("__pycache__/demo.cpython-313.pyc", b"12"),
    )

    assert demo.omitted_entries(["two", "four"]) == (
        ("INSTALLER", 4),
        ("RECORD.jws", 2),
        ("__pycache__", 2),
        ("bin/one", 0),
        ("bin/three", 5),
        ("headers", 8),
    )


def test_programs_are_native_scripts() -> None:
    """A native library in the code is no program, and neither is a text script."""
    demo = demo_wheel(
        {},
        report_entry("demo.so", b"12", elf=True),
        report_entry("demo-1.0.data/scripts/fast", b"123", elf=True),
        report_entry("demo-1.0.data/scripts/slow", b"1234"),
    )

    assert demo.programs == (("fast", 3),)


@pytest.mark.parametrize(
    ("path", "is_elf", "is_native"),
    [
        ("demo.py", False, False),
        ("demo.so", False, True),
        ("demo.cpython-313-x86_64-linux-gnu.so", False, True),
        ("demo-1.0.data/scripts/fast", True, True),
    ],
)
def test_native_code_by_content_and_name(path: str, is_elf: bool, is_native: bool) -> None:
    """Tags do not matter: a build can tag a wheel without native code as native."""
    assert demo_wheel({}, report_entry(path, elf=is_elf)).has_native_code is is_native


@pytest.mark.parametrize(
    ("placement", "folders"),
    [
        (
            TASK,
            '["", "../../opt/python/lib/python3.13/site-packages", "../../opt/python"]',
        ),
        (LAYER, '["python/lib/python3.13/site-packages", "python"]'),
        (BOUND_LAYER, '["python/lib/python3.13/site-packages", "python"]'),
    ],
)
def test_text_of_a_console_script(placement: Placement, folders: str) -> None:
    """It runs with Lambda's interpreter, on Lambda's `sys.path`, and returns an exit code."""
    demo = demo_wheel(
        dist_info_files(entry_points__txt="[console_scripts]\ndemo = demo.cli:App.main\n")
    )
    files = installed(demo, scripts_of(placement, "demo"))
    (script,) = (file for file in files if file.path == "bin/demo")

    assert script.executable
    assert content(files, "bin/demo") == dedent(f"""
        #!/var/lang/bin/python3.13
        import os
        import sys

        top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        folders = {folders}
        sys.path[:0] = [os.path.abspath(os.path.join(top, each)) for each in folders]

        from demo.cli import App

        if __name__ == "__main__":
            sys.exit(App.main())
        """).lstrip()


BOUND = f"python/lib/{Path(sys.executable).name}/site-packages"


@pytest.mark.parametrize("attribute", ["main", "App.main"])
@pytest.mark.parametrize(
    ("root", "code"),
    [
        ("", "var/task"),
        *((root, f"opt/{code}") for root in ("", "python", BOUND) for code in ("python", BOUND)),
    ],
)
def test_console_script_runs(root: str, code: str, attribute: str, tmp_path: Path) -> None:
    """It runs in any folder, for functions and methods, with its code in any artifact."""
    script = tmp_path / ("opt" if root else "var/task") / "bin" / "demo"
    script.parent.mkdir(parents=True)
    (tmp_path / code).mkdir(parents=True, exist_ok=True)
    (tmp_path / code / "cli.py").write_text(
        "def main(): return 7\nclass App:\n    main = staticmethod(main)\n"
    )
    demo = demo_wheel(
        dist_info_files(entry_points__txt=f"[console_scripts]\ndemo = cli:{attribute}\n")
    )
    files = installed(demo, Placement(root, sys.executable, frozenset(["demo"])))
    script.write_text(content(files, "bin/demo"))
    script.chmod(0o755)

    assert subprocess.run([script], check=False).returncode == 7


@pytest.mark.parametrize(
    ("text", "rewritten"),
    [
        ("#!python\nimport x\n", "#!/var/lang/bin/python3.13\nimport x\n"),
        ("#!python -E\r\nimport x\r\n", "#!/var/lang/bin/python3.13\nimport x\r\n"),
        ("#!pythonw\n", "#!/var/lang/bin/python3.13\n"),
        ("#!python", "#!/var/lang/bin/python3.13\n"),
        ("#!python\n# \udcff\n", "#!/var/lang/bin/python3.13\n# \udcff\n"),
    ],
)
def test_python_script_gets_lambdas_interpreter(text: str, rewritten: str) -> None:
    """The wheel specification defines `#!python` as a placeholder; other bytes are kept."""
    document = wheel_report(dist_info_files(), report_entry("demo-1.0.data/scripts/run"))
    document["texts"]["demo-1.0.data/scripts/run"] = text
    files = installed(read_wheel(WHEEL_FILE, SHA256, document), scripts_of(TASK, "run"))
    (script,) = (file for file in files if file.path == "bin/run")

    assert content(files, "bin/run") == rewritten
    assert script.executable


def test_other_script_is_copied() -> None:
    """Its content does not change, and it becomes executable."""
    demo = demo_wheel({}, report_entry("demo-1.0.data/scripts/run", b"#!/bin/sh\n", mode=0o100644))
    (script,) = (f for f in installed(demo, scripts_of(TASK, "run")) if f.path == "bin/run")

    assert script.executable
    assert isinstance(script.origin, WheelOrigin)
    assert script.sha256 == hashlib.sha256(b"#!/bin/sh\n").hexdigest()


_NAMES = st.sampled_from(["a.py", "b/c.py", "é.txt", "x,y", 'q"t', "b/__pycache__/c.pyc"])
_FOLDERS = st.sampled_from(["", "demo-1.0.data/purelib/", "demo-1.0.data/headers/"])


@given(
    st.sets(st.tuples(_FOLDERS, _NAMES), max_size=6).filter(
        lambda pairs: len({name for _, name in pairs}) == len(pairs)
    ),
    st.sampled_from([TASK, LAYER, BOUND_LAYER]),
)
def test_record_lists_all_files_once(pairs: set[tuple[str, str]], placement: Placement) -> None:
    """The RECORD of any wheel lists exactly its files in the artifact."""
    files = installed(
        demo_wheel({}, *(report_entry(folder + name) for folder, name in sorted(pairs))), placement
    )
    paths = [file.path for file in files]
    text = content(files, placement.inside("demo-1.0.dist-info/RECORD"))

    assert paths == sorted(set(paths))
    assert [placement.inside(row[0]) for row in csv.reader(text.splitlines())] == paths


def test_console_script_is_valid_python() -> None:
    """The names of folders are quoted."""
    demo = demo_wheel(dist_info_files(entry_points__txt="[console_scripts]\ndemo = demo:main\n"))

    for placement in (TASK, LAYER, BOUND_LAYER):
        ast.parse(content(installed(demo, scripts_of(placement, "demo")), "bin/demo"))


def _urlsafe(text: str) -> str:
    return urlsafe_sha256(hashlib.sha256(text.encode()).hexdigest())
