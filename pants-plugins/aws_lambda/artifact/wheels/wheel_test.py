"""A wheel as it was measured, and the files that installing it leaves."""

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
    DESCRIPTION,
    METADATA,
    SHA256,
    WHEEL_FILE,
    dist_info,
    entry,
    report,
    wheel,
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


def spread_paths(wheel: Wheel, placement: Placement = TASK) -> set[str]:
    return {file.path for file in installed(wheel, placement)}


def installed(wheel: Wheel, placement: Placement = TASK) -> tuple[ArtifactFile, ...]:
    """What the wheel leaves in an artifact, with its `RECORD`."""
    files = installed_files(wheel, placement)
    return add_records(files, files, placement.root)


def content(files: tuple[ArtifactFile, ...], path: str) -> str:
    """The text of a file that the backend wrote."""
    (origin,) = (file.origin for file in files if file.path == path)
    assert isinstance(origin, GeneratedOrigin)
    return origin.content.decode("utf-8", "surrogateescape")


def test_a_wheel_says_who_it_is() -> None:
    """Name and version come from METADATA, tags from WHEEL, and never from the file's name."""
    files = dist_info(
        METADATA="Metadata-Version: 2.1\nName: My.Demo\nVersion: 1.0+cpu\n\nName: in the text\n",
        WHEEL="Wheel-Version: 1.9\nTag: py3-none-any\nTag: cp313-cp313-linux_x86_64\n",
    )
    found = read_wheel(WHEEL_FILE, SHA256, report(files))

    assert found.distribution == Distribution("my-demo", "1.0+cpu", WHEEL_FILE, SHA256)
    assert str(found.owner) == "my-demo 1.0+cpu"
    assert found.dist_info == "demo-1.0.dist-info"
    assert found.tags == ("cp313-cp313-linux_x86_64", "py3-none-any")


def test_entries_keep_what_was_measured() -> None:
    """Hash, size, the executable bit and the place of the packed bytes; folders are left out."""
    found = wheel(
        {},
        entry("demo/"),
        entry("demo/run.sh", b"run", mode=0o100755, data=7, packed=2, method=8),
        entry("demo/a.py", b"a", mode=0),
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


def test_native_code_is_marked() -> None:
    """By what the reader saw at its beginning, never by its name."""
    found = wheel({}, entry("demo/a.so"), entry("demo/b", elf=True))

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
def test_a_file_is_readable_if_everybody_may_read_it(mode: int, readable: bool) -> None:
    """A wheel without modes means nothing by it."""
    (file,) = (e for e in wheel({}, entry("demo.py", mode=mode)).entries if e.path == "demo.py")

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
def test_lines_that_run_at_every_start_begin_with_import(
    text: str, lines: tuple[str, ...], code: tuple[str, ...]
) -> None:
    """As the documentation of `site` says: followed by a space or a tab. Others name folders."""
    assert parse_pth_lines(text) == lines
    assert tuple(filter(is_pth_code, lines)) == code
    assert wheel({**dist_info(), "a.pth": text, "a.txt": text}).pth_lines == tuple(
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
def test_licences_are_what_the_metadata_says(
    headers: str, licenses: tuple[tuple[str, str], ...]
) -> None:
    """Field by field; the text below is the project's README."""
    assert wheel(dist_info(METADATA=METADATA + headers)).licenses == licenses


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
def test_entry_points_are_console_scripts(text: str, points: tuple[EntryPoint, ...]) -> None:
    """Both kinds of scripts; what names no function, and what cannot be read, is no script."""
    assert wheel(dist_info(entry_points__txt=text)).entry_points == points


@pytest.mark.parametrize(
    ("fault", "row"),
    [
        (entry("/etc/passwd"), "/etc/passwd  it is absolute"),
        (entry("../a.py"), "../a.py  it leaves its folder"),
        (entry("../folder/"), "../folder/  it leaves its folder"),
        (entry("C:/a.py"), "C:/a.py  it starts with a drive letter"),
        (entry("a\\b.py"), "a\\\\b.py  it contains a backslash"),
        (entry("a//b.py"), "a//b.py  it is not normalized"),
        (entry("a\0.py"), "a\\x00.py  it contains a control character"),
        (entry(""), "  it is empty"),
        (entry("/"), "/  it is empty"),
        (entry("a", mode=0o120777), "a  it is a symbolic link"),
        (entry("a", encrypted=True), "a  it is encrypted"),
        (
            entry("a", method=14),
            "a  it is packed with method 14, which no unpacker must know",
        ),
        (entry("a", size=1033, packed=1), "a  it declares 1,033 bytes, packed into 1"),
        (entry("a", size=1033, packed=0), "a  it declares 1,033 bytes, packed into 0"),
        (
            entry("a", broken="its checksum (CRC-32) is wrong"),
            "a  its checksum (CRC-32) is wrong",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_entry_that_must_not_be_unpacked_is_told(fault: dict[str, Any], row: str) -> None:
    """The error prints the entry as it can be printed, and one reason."""
    assert refusal(report(dist_info(), fault)) == (
        f"The wheel {WHEEL_FILE} cannot be unpacked safely.\n"
        "\n"
        f"  {row}\n"
        "\n"
        "No artifact was written.\n"
        "\n"
        "To fix, get the wheel anew if it was damaged on its way; else pin another version of its "
        "project, and tell the project."
    )


def test_all_faults_of_a_wheel_are_told_at_once() -> None:
    """Single entries first, then those that get in each other's way."""
    document = report(
        {},
        entry("/a"),
        entry("b/c.py"),
        entry("b/c.py"),
        entry("d/README"),
        entry("d/readme"),
        entry("e"),
        entry("e/f.py"),
        entry("g", size=MAX_UNPACKED_BYTES, packed=MAX_UNPACKED_BYTES),
    )

    assert refusal(document) == dedent(f"""
        The wheel {WHEEL_FILE} cannot be unpacked safely.

          /a        it is absolute
          b/c.py    it is there twice
          d/readme  it differs from d/README only in case
          e         it is a file, and the folder of e/f.py

        No artifact was written.

        To fix, get the wheel anew if it was damaged on its way; else pin another version of its project, and tell the project.
        """).strip()


def test_an_archive_that_declares_too_much_is_told() -> None:
    """A bomb is not unpacked, whatever its entries say of themselves."""
    half = MAX_UNPACKED_BYTES // 2
    document = report(
        {}, entry("a", size=half, packed=half), entry("b", size=half + 1, packed=half)
    )

    assert "\n  the archive  it declares 1,073,741,825 bytes unpacked\n" in refusal(document)


def test_an_archive_that_is_none_is_told() -> None:
    """What the reader said, and nothing else."""
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
            {**dist_info(), "b-1.dist-info/METADATA": "", "a-1.dist-info/METADATA": ""},
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
            dist_info(METADATA="Name: demo\n", WHEEL="Wheel-Version: 2.0\n"),
            [
                "demo-1.0.dist-info/METADATA  it has no `Version`",
                "demo-1.0.dist-info/WHEEL     its `Wheel-Version` is '2.0'",
            ],
        ),
        (
            {**dist_info(), "demo-1.0.data/lib/x": "", "demo-1.0.data/x": ""},
            ["demo-1.0.data/lib/x: installed nowhere", "demo-1.0.data/x: installed nowhere"],
        ),
        (
            {**dist_info(), "demo-1.0.data/purelib": ""},
            ["demo-1.0.data/purelib: installed nowhere"],
        ),
    ],
)
def test_an_archive_that_is_no_wheel_is_told(files: dict[str, str], facts: list[str]) -> None:
    """One `*.dist-info` folder with METADATA and WHEEL, and data where installers expect it."""
    assert refusal(report(files)) == (
        f"The wheel {WHEEL_FILE} does not say what it holds.\n"
        "\n"
        f"{''.join(f'  {fact}{chr(10)}' for fact in facts)}"
        "\n"
        "The wheel specification asks for one *.dist-info folder with METADATA and WHEEL.\n"
        "\n"
        "To fix, pin another version of its project, and tell the project."
    )


def test_importable_code_lands_in_the_root() -> None:
    """Files of the top, of `purelib`, of `platlib` and of `data`; headers and scripts do not."""
    demo = wheel(
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

    assert spread_paths(demo) == {*carried, *INFO}
    assert spread_paths(demo, LAYER) == {f"python/{path}" for path in (*carried, *INFO)}


def test_what_installers_leave_and_sign_is_dropped() -> None:
    """Bytecode, an installer's notes, and signatures of a RECORD that is written anew."""
    demo = wheel(
        dist_info(
            INSTALLER="pip",
            REQUESTED="",
            direct_url__json="{}",
            RECORD__jws="",
            RECORD__p7s="",
            LICENSE="",
            entry_points__txt="",
            top_level__txt="demo",
        ),
        entry("demo/__pycache__/a.cpython-313.pyc"),
        entry("demo/RECORD"),
        entry("demo/INSTALLER"),
    )
    kept = {
        f"demo-1.0.dist-info/{name}" for name in ("LICENSE", "entry_points.txt", "top_level.txt")
    }

    assert spread_paths(demo) == {*INFO, *kept, "demo/RECORD", "demo/INSTALLER"}


def test_a_nested_license_folder_is_kept() -> None:
    """Only files right inside `*.dist-info` are dropped by their names."""
    assert "demo-1.0.dist-info/licenses/RECORD" in spread_paths(
        wheel({"demo-1.0.dist-info/licenses/RECORD": ""})
    )


@pytest.mark.parametrize(
    ("placement", "code", "script"),
    [
        (TASK, "demo/a,b.py", "bin/demo"),
        (LAYER, "demo/a,b.py", "../bin/demo"),
        (BOUND_LAYER, "demo/a,b.py", "../../../../bin/demo"),
    ],
)
def test_the_record_is_true(placement: Placement, code: str, script: str) -> None:
    """Every file that the artifact carries, relative to importable code, with its hash and size."""
    demo = wheel(
        dist_info(entry_points__txt="[console_scripts]\ndemo = demo:main\n"),
        entry("demo/a,b.py", b"content"),
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


def test_a_record_in_the_wheel_is_not_believed() -> None:
    """Its hashes may lie, and it lists what was dropped."""
    demo = wheel(dist_info(RECORD="lie.py,sha256=x,1\n"))
    text = content(installed(demo), "demo-1.0.dist-info/RECORD")

    assert text == (
        f"demo-1.0.dist-info/METADATA,sha256={_urlsafe(METADATA)},{len(METADATA)}\n"
        "demo-1.0.dist-info/RECORD,,\n"
        f"demo-1.0.dist-info/WHEEL,sha256={_urlsafe(DESCRIPTION)},{len(DESCRIPTION)}\n"
    )


def test_scripts_are_carried_only_when_asked_for() -> None:
    """`bin/` holds what the field names, and nothing else."""
    demo = wheel(
        dist_info(entry_points__txt="[console_scripts]\none = demo:main\ntwo = demo:main\n"),
        entry("demo-1.0.data/scripts/three"),
    )

    assert demo.scripts == {"one", "two", "three"}
    assert {path for path in spread_paths(demo) if path.startswith("bin/")} == set()
    asked = spread_paths(demo, scripts_of(TASK, "two", "three"))
    assert {path for path in asked if path.startswith("bin/")} == {"bin/two", "bin/three"}


def test_what_installing_leaves_out_is_named() -> None:
    """Scripts, headers, bytecode and notes of installers, with their sizes; the `RECORD` is
    written again."""
    demo = wheel(
        dist_info(
            entry_points__txt="[console_scripts]\none = demo:main\ntwo = demo:main\n",
            INSTALLER="pip\n",
            RECORD__jws="{}",
        ),
        entry("demo.py", b"x = 1\n"),
        entry("demo-1.0.data/purelib/more.py", b"x = 1\n"),
        entry("demo-1.0.data/data/etc/demo.conf", b"x = 1\n"),
        entry("demo-1.0.data/scripts/three", b"three"),
        entry("demo-1.0.data/scripts/four", b"four"),
        entry("demo-1.0.data/headers/a.h", b"123"),
        entry("demo-1.0.data/headers/b/b.h", b"12345"),
        entry("__pycache__/demo.cpython-313.pyc", b"12"),
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
    """A native library in the code is none, and a script of text neither."""
    demo = wheel(
        {},
        entry("demo.so", b"12", elf=True),
        entry("demo-1.0.data/scripts/fast", b"123", elf=True),
        entry("demo-1.0.data/scripts/slow", b"1234"),
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
def test_native_code_is_known_by_content_and_name(path: str, is_elf: bool, is_native: bool) -> None:
    """Tags do not count: a build may tag a wheel of Python files as native."""
    assert wheel({}, entry(path, elf=is_elf)).has_native_code is is_native


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
def test_a_console_script_is_pinned(placement: Placement, folders: str) -> None:
    """It starts with Lambda's interpreter, finds code as Lambda does, and exits as told."""
    demo = wheel(dist_info(entry_points__txt="[console_scripts]\ndemo = demo.cli:App.main\n"))
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
def test_a_console_script_runs(root: str, code: str, attribute: str, tmp_path: Path) -> None:
    """Below whichever folder, for functions and for methods, and whichever artifact has the
    code.
    """
    script = tmp_path / ("opt" if root else "var/task") / "bin" / "demo"
    script.parent.mkdir(parents=True)
    (tmp_path / code).mkdir(parents=True, exist_ok=True)
    (tmp_path / code / "cli.py").write_text(
        "def main(): return 7\nclass App:\n    main = staticmethod(main)\n"
    )
    demo = wheel(dist_info(entry_points__txt=f"[console_scripts]\ndemo = cli:{attribute}\n"))
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
def test_a_script_of_the_wheel_starts_with_lambdas_python(text: str, rewritten: str) -> None:
    """The wheel specification: `#!python` is a placeholder; other bytes stay as they are."""
    document = report(dist_info(), entry("demo-1.0.data/scripts/run"))
    document["texts"]["demo-1.0.data/scripts/run"] = text
    files = installed(read_wheel(WHEEL_FILE, SHA256, document), scripts_of(TASK, "run"))
    (script,) = (file for file in files if file.path == "bin/run")

    assert content(files, "bin/run") == rewritten
    assert script.executable


def test_another_script_is_carried_as_it_is() -> None:
    """Its bytes stay in the wheel, and it becomes executable."""
    demo = wheel({}, entry("demo-1.0.data/scripts/run", b"#!/bin/sh\n", mode=0o100644))
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
def test_files_are_sorted_unique_and_all_in_the_record(
    pairs: set[tuple[str, str]], placement: Placement
) -> None:
    """Whatever the wheel holds, its RECORD lists exactly what the artifact carries of it."""
    files = installed(
        wheel({}, *(entry(folder + name) for folder, name in sorted(pairs))), placement
    )
    paths = [file.path for file in files]
    text = content(files, placement.inside("demo-1.0.dist-info/RECORD"))

    assert paths == sorted(set(paths))
    assert [placement.inside(row[0]) for row in csv.reader(text.splitlines())] == paths


def test_a_script_is_valid_python_whatever_its_placement() -> None:
    """Folders' names are quoted, not pasted."""
    demo = wheel(dist_info(entry_points__txt="[console_scripts]\ndemo = demo:main\n"))

    for placement in (TASK, LAYER, BOUND_LAYER):
        ast.parse(content(installed(demo, scripts_of(placement, "demo")), "bin/demo"))


def _urlsafe(text: str) -> str:
    return urlsafe_sha256(hashlib.sha256(text.encode()).hexdigest())
