"""The checks that need nothing but what is known of files and wheels: each fires, or does not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest

from aws_lambda.artifact.checks.file_checks import (
    check_carried_twice,
    check_modes,
    check_paths,
    check_patterns,
    check_programs,
    check_runtime,
    check_share,
    check_start_lines,
    check_stdlib,
    check_tags,
    check_unknown_layers,
    handler_in_doubt,
    imports_unproven,
    name_cause,
    name_excluded,
)
from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.exclusions import PRESETS, Exclusions, OmittedFiles
from aws_lambda.artifact.findings import Finding
from aws_lambda.artifact.platforms.platform import compute_platform
from aws_lambda.artifact.platforms.runtimes import RUNTIMES, Architecture, find_runtime
from aws_lambda.artifact.wheels.wheel import Wheel
from aws_lambda.testing.files import extra_file, first_party, third_party
from aws_lambda.testing.wheels import entry, wheel

BOUND = ("src/l:c", "python/lib/python3.13/site-packages")
WHERE = Where("lambda_function", "src/api:fn")
ARN = "arn:aws:lambda:eu-west-1:123456789012:layer:tracing:7"
PYTHON_3_13 = find_runtime("python3.13", RUNTIMES, where=WHERE)
X86_64, ARM64 = (compute_platform(PYTHON_3_13, each) for each in Architecture)


def only(findings: Iterable[Finding]) -> Finding:
    (found,) = findings
    return found


def wheel_named(file_name: str) -> Wheel:
    demo = wheel({})
    return replace(demo, distribution=replace(demo.distribution, wheel=file_name))


def test_a_wheel_for_another_platform_is_told() -> None:
    """L004, with the wheel's name, which says what it is for."""
    name = "demo-1.0-cp313-cp313-manylinux_2_28_aarch64.whl"

    assert only(check_tags([wheel_named(name)], [X86_64], described="python3.13 (x86_64)")) == (
        Finding(
            "L004",
            "demo",
            f"The wheel {name} is not for python3.13 (x86_64).",
            "build or lock a wheel of it that is.",
        )
    )


@pytest.mark.parametrize(
    ("tags", "fits_x86_64", "fits_both"),
    [
        ("py3-none-any", True, True),
        ("cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64", True, False),
        ("cp36-abi3-manylinux_2_34_x86_64", True, False),
        ("py3-none-manylinux_2_17_x86_64.manylinux_2_17_aarch64", True, True),
        ("cp313-cp313-manylinux_2_35_x86_64", False, False),
        ("cp312-cp312-manylinux_2_28_x86_64", False, False),
        ("cp313-cp313-macosx_11_0_arm64", False, False),
        ("cp313-cp313-musllinux_1_2_x86_64", False, False),
    ],
)
def test_a_wheel_has_to_fit_every_platform(tags: str, fits_x86_64: bool, fits_both: bool) -> None:
    """L004 asks for one tag on each; several stand for several."""
    demo = wheel_named(f"demo-1.0-{tags}.whl")

    assert (not [*check_tags([demo], [X86_64], described="x")]) is fits_x86_64
    assert (not [*check_tags([demo], [X86_64, ARM64], described="x")]) is fits_both


def test_a_wheel_whose_name_says_nothing_is_not_told() -> None:
    """L004 judges by tags, and an installer that took it had other reasons."""
    assert not [*check_tags([wheel_named("demo.whl")], [X86_64], described="x")]


@pytest.mark.parametrize(
    ("file", "source", "fix"),
    [
        (first_party("queue.py"), "src/queue.py", "rename it."),
        (extra_file("queue.py"), "assets/queue.py", "rename it."),
        (
            third_party("queue.py"),
            "queue.py of click 8.1.7",
            "leave click out; Python 3.13 has the module.",
        ),
    ],
)
def test_a_module_that_hides_the_standard_librarys_is_told(
    file: ArtifactFile, source: str, fix: str
) -> None:
    """L007: functions and layers come first on Lambda's path."""
    assert only(check_stdlib([file], root="", python=(3, 13))) == Finding(
        "L007",
        "queue",
        f"{source} has the name of the standard library's `queue`, and code can import only one of "
        "the two: Lambda looks into functions and layers first.",
        fix,
    )


def test_a_module_that_python_has_loaded_is_the_standard_librarys() -> None:
    """L007: of these, it is the artifact's own that nobody can import."""
    assert only(check_stdlib([first_party("types.py")], root="", python=(3, 13))).sentence == (
        "src/types.py has the name of the standard library's `types`, and code can import only "
        "one of the two: Python has loaded its own by then."
    )


@pytest.mark.parametrize("root", ["", "python/"])
@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("json.py", "json"),
        ("json.pyc", "json"),
        ("json/__init__.py", "json"),
        ("json.so", "json"),
        ("json.cpython-313-x86_64-linux-gnu.so", "json"),
        ("json/__init__.abi3.so", "json"),
        # Folders without an `__init__` come last, wherever they lie.
        ("locale/de/LC_MESSAGES/app.mo", None),
        ("calendar/holidays.py", None),
        ("json/inner/__init__.py", None),
        ("json.json", None),
        ("json.schema.py", None),
        ("json.pyi", None),
        ("json", None),
        ("acme/json.py", None),
        ("jsonschema.py", None),
        # Gone from 3.13, and thus free.
        ("cgi.py", None),
        ("distutils/__init__.py", None),
        # Private to the standard library.
        ("_strptime.py", None),
    ],
)
def test_only_what_python_would_import_hides_a_module(
    path: str, module: str | None, root: str
) -> None:
    """L007, at the top of the importable code, in functions and layers."""
    found = check_stdlib([first_party(f"{root}{path}")], root=root.rstrip("/"), python=(3, 13))

    assert [each.subject for each in found] == ([module] if module else [])


def test_modules_outside_the_importable_code_hide_nothing() -> None:
    """L007: a layer's `bin` is on no path."""
    assert not [*check_stdlib([first_party("json.py")], root="python", python=(3, 13))]


def test_a_module_is_told_once_and_for_its_version() -> None:
    """L007, sorted by name; 3.12 still had `cgi`."""
    files = [first_party(path) for path in ("uuid.py", "json/__init__.py", "json.py", "cgi.py")]

    assert [f.subject for f in check_stdlib(files, root="", python=(3, 13))] == ["json", "uuid"]
    assert [f.subject for f in check_stdlib(files, root="", python=(3, 12))] == [
        "cgi",
        "json",
        "uuid",
    ]


def told_at_start(
    *paths: str, line: str = "import a", in_layer: bool = False, needed: Iterable[str] = ()
) -> list[Finding]:
    """What is said of the `.pth` files of demo at these paths, each with one line."""
    files = [third_party(path, of="demo 1.0") for path in paths]
    return [
        *check_start_lines(
            files,
            lambda _: [line],
            python=(3, 13),
            in_layer=in_layer,
            needed=[file for file in files if file.path in needed],
        )
    ]


def test_a_pth_file_that_runs_code_is_told() -> None:
    """L008, with its first line of code, shortened; others of the file are not repeated."""
    long = "import os; " + "x" * 100
    own = first_party("own.pth", source="src/x/own.pth")

    assert told_at_start("a b.pth") == [
        Finding(
            "L008",
            "demo",
            "a b.pth of demo 1.0 runs code at every start of the function: `import a`.",
            'leave it out, if nothing needs it: `exclude=["**/a b.pth"]`.',
        )
    ]
    assert only(
        check_start_lines([own], lambda _: ["folder", long, "import b"], python=(3, 13))
    ) == Finding(
        "L008",
        "src/x/own.pth",
        f"src/x/own.pth runs code at every start of the function: `{long[:77]}...`.",
        'leave it out, if nothing needs it: `exclude=["**/own.pth"]`.',
    )


def test_each_pth_file_is_told() -> None:
    """L008, and by the name that it has in the artifact."""
    assert [each.fix for each in told_at_start("a.pth", "[b].pth")] == [
        'leave it out, if nothing needs it: `exclude=["**/a.pth"]`.',
        'leave it out, if nothing needs it: `exclude=["**/[[]b].pth"]`.',
    ]


def test_a_pth_file_without_code_is_not_told() -> None:
    """L008: one that only adds folders runs nothing."""
    assert told_at_start("a.pth", line="folder") == []


def test_a_pth_file_that_an_import_depends_on_is_not_told() -> None:
    """L008: leaving it out would break the function."""
    assert [each.fix for each in told_at_start("a.pth", "b.pth", needed=["a.pth"])] == [
        'leave it out, if nothing needs it: `exclude=["**/b.pth"]`.'
    ]


def test_a_pth_file_of_a_layer_may_serve_imports_of_functions() -> None:
    """L008: which function with the layer imports what, the layer does not know."""
    hook = "import os; __import__('_distutils_hack').add_shim()"

    assert only(told_at_start("python/d.pth", line=hook, in_layer=True)).fix == (
        "accept it with `ignore` if a function with this layer imports distutils, which Python "
        '3.13 finds through it; else leave it out: `exclude=["**/d.pth"]`.'
    )
    assert only(told_at_start("python/d.pth", in_layer=True)).fix == (
        'leave it out, if nothing needs it: `exclude=["**/d.pth"]`.'
    )


def test_the_cause_of_a_finding_has_its_fix() -> None:
    """Findings that are not there without the cause; others keep theirs."""
    one, other = Finding("L005", "one", "…", "fix it."), Finding("L005", "other", "…", "fix it.")

    assert name_cause([one, other], [other], "keep it.") == (
        Finding("L005", "one", "…", "keep it."),
        other,
    )


def test_a_distribution_in_several_layers_is_told() -> None:
    """L009, with the layers in AWS's order and what keeps it in one."""
    assert only(check_carried_twice([("click", ("src/l:a", "src/l:b", "src/l:c"))])) == Finding(
        "L009",
        "click",
        "click is in several layers: src/l:a, src/l:b, src/l:c.",
        'let one of them carry it: `layers=["src/l:a"]` on src/l:c.',
    )
    assert not [*check_carried_twice([])]


def test_layers_of_unknown_content_beside_known_ones_are_told() -> None:
    """L010, for each of them."""
    first, second = check_unknown_layers(
        [ARN, f"{ARN}1"], [("src/l:a", "python"), ("src/l:b", "python"), BOUND], where=WHERE
    )

    assert first == Finding(
        "L010",
        ARN,
        f"The `lambda_function` target src/api:fn attaches {ARN}, whose content is not known here, "
        "and src/l:a, src/l:b: Lambda unpacks them into one folder, the later over the earlier.",
        "see that they share no path; or set `prefix` on your own, such as "
        '`prefix="python/lib/python3.13/site-packages"`.',
    )
    assert second.subject == f"{ARN}1"


@pytest.mark.parametrize(
    ("arns", "layers"), [([], []), ([ARN], []), ([], [("src/l:a", "python")]), ([ARN], [BOUND])]
)
def test_layers_of_one_kind_are_not_told(arns: list[str], layers: list[tuple[str, str]]) -> None:
    """L010 needs one of each, in one folder."""
    assert not [*check_unknown_layers(arns, layers, where=WHERE)]


@pytest.mark.parametrize(
    ("paths", "said"),
    [(["a"], "a"), (["a", "b"], "a and 1 more"), (["a", "b", "c"], "a and 2 more")],
)
def test_a_wheel_that_closes_its_files_is_told(paths: list[str], said: str) -> None:
    """L011, with the first of them."""
    demo = wheel({}, *(entry(path, mode=0o100600) for path in paths))

    assert only(check_modes([demo])) == Finding(
        "L011",
        "demo",
        f"The wheel of demo 1.0 lets not everybody read {said}; the artifact does.",
        "nothing has to be done.",
    )


@pytest.mark.parametrize("mode", [0, 0o100000, 0o100644, 0o100444, 0o100755, 0o644])
def test_a_wheel_that_everybody_can_read_is_not_told(mode: int) -> None:
    """L011: neither is one without any modes."""
    assert not [*check_modes([wheel({}, entry("a", mode=mode))])]


UV = {f"demo-1.0.data/scripts/{name}": size for name, size in (("uv", 3 << 20), ("uvx", 1000))}


def with_programs() -> Wheel:
    programs = (entry(path, elf=True, size=size, packed=size) for path, size in UV.items())
    return wheel({}, *programs, entry("demo-1.0.data/scripts/old", b"#!/bin/sh"))


@pytest.mark.parametrize(
    ("scripts", "said", "fix"),
    [
        (
            [],
            "the native programs of demo 1.0: uv (3.0 MiB), uvx (1000 B)",
            'set `scripts=["uv", "uvx"]` if the code starts them.',
        ),
        (
            ["other", "uv"],
            "a native program of demo 1.0: uvx (1000 B)",
            'set `scripts=["other", "uv", "uvx"]` if the code starts it.',
        ),
    ],
)
def test_a_program_that_is_left_out_is_told(scripts: list[str], said: str, fix: str) -> None:
    """L028, with the whole entry to paste."""
    assert only(check_programs([with_programs()], scripts, [], where=WHERE)) == Finding(
        "L028", "demo", f"{WHERE.at_start} leaves out {said}.", fix
    )


def test_a_program_that_is_carried_is_fine() -> None:
    """L028: by the target itself, or by a layer or function that goes with it."""
    assert not [*check_programs([with_programs()], ["uv"], ["uvx"], where=WHERE)]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("a\\b.py", "'a\\\\b.py' cannot be unpacked everywhere: it contains a backslash"),
        ("a\nb.py", "'a\\nb.py' cannot be unpacked everywhere: it contains a control character"),
        ("C:a", "'C:a' cannot be unpacked everywhere: it starts with a drive letter"),
    ],
)
def test_a_path_that_cannot_be_unpacked_everywhere_is_told(path: str, said: str) -> None:
    """L012, and where the file comes from."""
    assert only(check_paths([first_party("ok/ü b.py"), first_party(path, source="src/x")])) == (
        Finding("L012", "src/x", f"The path {said}.", "rename the file.")
    )


def test_plain_paths_are_not_told() -> None:
    """L012: spaces and letters of all kinds are fine."""
    assert not [*check_paths([first_party("a b/ü.py"), third_party(".hidden")])]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ((209_715_201, False), "200.0 MiB unzipped"),
        ((220_000_000, True), "209.8 MiB unzipped with its layers"),
    ],
)
def test_an_artifact_near_the_size_limit(found: tuple[int, bool], said: str) -> None:
    """L013 counts the layers."""
    size, with_layers = found
    assert only(check_share(size, 0.8, with_layers=with_layers, where=WHERE)) == Finding(
        "L013",
        "src/api:fn",
        f"The `lambda_function` target src/api:fn has {said}, and AWS takes 250.0 MiB.",
        "see in its metadata which distributions are the biggest, and what `exclude` can do.",
    )


@pytest.mark.parametrize(("size", "share"), [(209_715_200, 0.8), (0, 0.0), (262_144_000, 1.0)])
def test_an_artifact_far_from_the_limit_is_not_told(size: int, share: float) -> None:
    """L013 is for what is above the share."""
    assert not [*check_share(size, share, with_layers=False, where=WHERE)]


def test_a_runtime_past_its_end_is_told() -> None:
    """L014, from the day after, with the day on which AWS's table was read."""
    end = PYTHON_3_13.end_of_support
    assert end == date(2029, 6, 30)

    assert only(check_runtime(PYTHON_3_13, today=date(2029, 7, 1))) == Finding(
        "L014",
        "python3.13",
        "AWS ended its support of python3.13 on 2029-06-30 (as read on 2026-11-29).",
        "choose a newer `runtime`.",
    )
    assert not [*check_runtime(PYTHON_3_13, today=end)]
    assert not [*check_runtime(replace(PYTHON_3_13, end_of_support=None), today=date.max)]


def test_patterns_that_match_nothing_are_told() -> None:
    """L020, for both fields; presets never."""
    files = [third_party("click/core.py"), third_party("click/py.typed")]
    exclude = Exclusions(("clack", "click/py.typed", *PRESETS, "!click/core.py"))

    assert [*check_patterns(exclude, files, ["jwt/**"], where=WHERE)] == [
        Finding(
            "L020",
            entry,
            f"The pattern '{entry}' in the `{field}` of {WHERE} matches nothing.",
            "correct it, or take it out.",
        )
        for field, entry in (
            ("exclude", "clack"),
            ("exclude", "!click/core.py"),
            ("collisions", "jwt/**"),
        )
    ]
    assert not [*check_patterns(Exclusions(("click/**", *PRESETS)), files, [], where=WHERE)]
    assert not [*check_patterns(Exclusions(()), [], [], where=WHERE)]


def test_a_handler_in_doubt_is_told() -> None:
    """L019, in the words of whoever read the module."""
    assert handler_in_doubt(
        "acme.api", "acme.api binds names that nobody can read off.", is_read=True
    ) == (
        Finding(
            "L019",
            "acme.api",
            "acme.api binds names that nobody can read off.",
            "write the names down in the module, or accept it with `ignore`.",
        )
    )


def test_imports_that_could_not_be_proven_are_told() -> None:
    """L022, with the reason."""
    assert imports_unproven("acme.api", "no CPython 3.14 was found") == Finding(
        "L022",
        "acme.api",
        "What acme.api imports could not be proven: no CPython 3.14 was found.",
        "install that version of Python where Pants looks for it (`[python-bootstrap]`).",
    )


@pytest.mark.parametrize(
    ("code", "subject", "is_named"),
    [
        ("L005", "yaml", True),
        ("L005", "yaml.loader", True),
        ("L005", "yaml.other", False),
        ("L005", "native", True),
        ("L006", "yaml", False),
    ],
)
def test_an_import_of_what_was_left_out_names_the_entry(
    code: str, subject: str, is_named: bool
) -> None:
    """L005: to lock or own it would not help."""
    files = (
        third_party("python/yaml/loader.py"),
        third_party("python/native.cpython-313-x86_64-linux-gnu.so"),
        third_party("python/yaml/data.json"),
    )
    finding = Finding(code, subject, "It is missing.", "lock it.")

    (found,) = name_excluded([finding], [OmittedFiles("python/**", files)], "python")
    assert found.fix == (
        "keep it: the entry 'python/**' of `exclude` leaves it out." if is_named else "lock it."
    )
