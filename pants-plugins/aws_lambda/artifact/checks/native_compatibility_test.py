"""Tests of L001, L002 and L003: native code that Lambda cannot load."""

from __future__ import annotations

from typing import Any

import pytest

from aws_lambda.artifact.checks.native_compatibility import (
    LocatedNative,
    NativeFile,
    NativePlatform,
    check_native_files,
    library_names,
    parse_native_files,
)
from aws_lambda.artifact.contents import ArtifactFile
from aws_lambda.artifact.findings import Finding
from aws_lambda.testing.files import extra_file, first_party_file, third_party_file

AL2 = NativePlatform("x86_64", (2, 26), "python3.11 on x86_64")
AL2023 = NativePlatform("x86_64", (2, 34), "python3.13 on x86_64")
ARM64 = NativePlatform("aarch64", (2, 34), "python3.13 on arm64")
UNKNOWN = NativePlatform(None, None, "platform.json")
ARN = "arn:aws:lambda:eu-west-1:123456789012:layer:opencv:3"

BROKEN = NativeFile(unreadable="it is cut short or damaged")


def built(machine: str = "x86_64", **facts: Any) -> NativeFile:
    return NativeFile(machine, **facts)


def theirs(path: str, native: NativeFile, of: str = "numpy 2.4.1") -> LocatedNative:
    return third_party_file(path, of=of), native


def check(
    *files: LocatedNative,
    on: NativePlatform = AL2023,
    libraries: frozenset[str] = frozenset(),
    arns: tuple[str, ...] = (),
) -> tuple[Finding, ...]:
    return check_native_files(files, on, libraries=library_names(files) | libraries, arns=arns)


def test_compatible_code() -> None:
    """The processor, the glibc version and all known libraries fit."""
    umath = built(glibc=(2, 34), needed=("libopenblas-1f.so", "libm.so.6", "libz.so.1"))
    files = [
        theirs("numpy/_umath.cpython-313-x86_64-linux-gnu.so", umath),
        theirs("numpy.libs/libopenblas-1f.so", built(glibc=(2, 17))),
        (first_party_file("app/_speed.so"), built()),
        (extra_file("bin/tool"), built(kind="ET_EXEC")),
    ]

    assert check(*files) == ()


# Other processors.


@pytest.mark.parametrize(
    ("file", "native", "platform", "finding"),
    [
        (
            third_party_file("numpy/_umath.so", of="numpy 2.4.1"),
            built("aarch64"),
            AL2023,
            Finding(
                "L001",
                "numpy",
                "numpy/_umath.so of numpy 2.4.1 is built for 64-bit aarch64, not for python3.13 on x86_64.",
                'lock a version of numpy with a wheel for x86_64, set `architecture="arm64"`, or `exclude` the files that nothing loads.',
            ),
        ),
        (
            first_party_file("app/_speed.so"),
            built("x86_64"),
            ARM64,
            Finding(
                "L001",
                "src/app/_speed.so",
                "src/app/_speed.so is built for 64-bit x86_64, not for python3.13 on arm64.",
                'build it for aarch64, set `architecture="x86_64"`, or `exclude` the files that nothing loads.',
            ),
        ),
        (
            extra_file("bin/tool"),
            built("i386", bits=32, kind="ET_EXEC"),
            AL2023,
            Finding(
                "L001",
                "assets/bin/tool",
                "assets/bin/tool is built for 32-bit i386, not for python3.13 on x86_64.",
                "build it for x86_64, or `exclude` the files that nothing loads.",
            ),
        ),
        (
            first_party_file("app/_speed.so"),
            built("x86_64", bits=32),
            AL2023,
            Finding(
                "L001",
                "src/app/_speed.so",
                "src/app/_speed.so is built for 32-bit x86_64, not for python3.13 on x86_64.",
                "build it for x86_64, or `exclude` the files that nothing loads.",
            ),
        ),
    ],
)
def test_code_for_another_machine(
    file: ArtifactFile, native: NativeFile, platform: NativePlatform, finding: Finding
) -> None:
    """The fix suggests the field `architecture` if Lambda has such machines."""
    assert check((file, native), on=platform) == (finding,)


@pytest.mark.parametrize(
    ("path", "machine"),
    [
        ("pydevd_attach_to_process/attach_linux_x86.so", "i386"),
        ("pydevd_attach_to_process/attach_linux_i686.so", "i386"),
        ("tool/linux-arm64/libtool.so", "aarch64"),
        ("tool/Linux_AArch64.so", "aarch64"),
        ("tool/arm64-v8a/libtool.so", "aarch64"),
        ("tool/armv7l/libtool.so", "arm"),
        ("tool/armeabi-v7a/libtool.so", "arm"),
        ("tool/libtool.ppc64le.so", "ppc64le"),
        ("tool/s390x/libtool.so", "s390x"),
        ("tool/riscv64/libtool.so", "riscv64"),
    ],
)
def test_builds_that_code_chooses_by_name(path: str, machine: str) -> None:
    """A distribution with a build for every machine has their names in its paths."""
    assert check(theirs(path, built(machine))) == ()


@pytest.mark.parametrize(
    ("path", "machine"),
    [
        ("tool/libtool.so", "i386"),
        ("tool/x86_64/libtool.so", "aarch64"),
        ("tool/attach_linux_x86_64.so", "i386"),
        ("tool/charm/libalarm64bit.so", "aarch64"),
        ("numpy.libs/libopenblas_arm64-1f.so", "aarch64"),
        ("numpy/_umath.cpython-313-aarch64-linux-gnu.so", "aarch64"),
        ("_cffi_backend.cpython-313-aarch64-linux-gnu.so", "aarch64"),
    ],
)
def test_names_that_code_does_not_choose_by(path: str, machine: str) -> None:
    """The name of another machine, or names that auditwheel or Python chose."""
    assert [each.code for each in check(theirs(path, built(machine)))] == ["L001"]


def test_extension_modules_for_both_machines() -> None:
    """Python imports the module with its own suffix, in first-party code as well."""
    files = [
        (first_party_file("app/_speed.cpython-313-x86_64-linux-gnu.so"), built("x86_64")),
        (first_party_file("app/_speed.cpython-313-aarch64-linux-gnu.so"), built("aarch64")),
    ]

    assert check(*files, on=AL2023) == ()
    assert check(*files, on=ARM64) == ()


@pytest.mark.parametrize(
    "native", [built("EM_CUDA", kind="ET_EXEC"), built("EM_BPF"), built("aarch64", kind="ET_REL")]
)
def test_files_that_the_loader_never_opens(native: NativeFile) -> None:
    """Drivers load code for GPUs, and linkers `.o` files."""
    assert check(theirs("torch/kernel", native)) == ()


def test_unknown_machine() -> None:
    """A complete platform may not name its machine, so any file may fit."""
    files = [
        theirs("a.so", built("aarch64", glibc=(2, 99))),
        theirs("b.so", built("x86_64", glibc=(2, 99))),
    ]

    assert check(*files, on=UNKNOWN) == ()


# Unreadable files.


@pytest.mark.parametrize(
    ("files", "finding"),
    [
        (
            [theirs("a.so", BROKEN), theirs("b.so", BROKEN), theirs("c.so", built())],
            Finding(
                "L001",
                "numpy",
                "a.so and 1 more file of numpy 2.4.1 cannot be read as native code: it is cut short or damaged.",
                "lock a version of numpy with intact files, or `exclude` the files that nothing loads.",
                doubt=True,
            ),
        ),
        (
            [(first_party_file("app/_speed.so"), BROKEN)],
            Finding(
                "L001",
                "src/app/_speed.so",
                "src/app/_speed.so cannot be read as native code: it is cut short or damaged.",
                "replace it with an intact file, or `exclude` the files that nothing loads.",
                doubt=True,
            ),
        ),
    ],
)
def test_unreadable_files(files: list[LocatedNative], finding: Finding) -> None:
    """They may be data of a test, so the finding is doubtful on every platform."""
    assert check(*files) == (finding,)
    assert check(*files, on=UNKNOWN) == (finding,)


# Newer versions of glibc.


@pytest.mark.parametrize(
    ("files", "platform", "finding"),
    [
        (
            [
                theirs(
                    "numpy/_core/_multiarray_umath.cpython-311-x86_64-linux-gnu.so",
                    built(glibc=(2, 28)),
                )
            ],
            AL2,
            Finding(
                "L002",
                "numpy",
                "numpy/_core/_multiarray_umath.cpython-311-x86_64-linux-gnu.so of numpy 2.4.1 needs glibc 2.28; python3.11 on x86_64 has 2.26.",
                "lock a version of numpy with a wheel tagged `manylinux_2_26` or older, or use python3.12 or newer, which has glibc 2.34.",
            ),
        ),
        (
            [
                theirs("a.so", built(glibc=(2, 27))),
                theirs("b.so", built(glibc=(2, 28))),
                theirs("c.so", built(glibc=(2, 26))),
                theirs("d.so", built(glibc=(2, 28))),
            ],
            AL2,
            Finding(
                "L002",
                "numpy",
                "b.so and 2 more files of numpy 2.4.1 need up to glibc 2.28; python3.11 on x86_64 has 2.26.",
                "lock a version of numpy with a wheel tagged `manylinux_2_26` or older, or use python3.12 or newer, which has glibc 2.34.",
            ),
        ),
        (
            [(first_party_file("app/_speed.so"), built(glibc=(2, 39)))],
            AL2023,
            Finding(
                "L002",
                "src/app/_speed.so",
                "src/app/_speed.so needs glibc 2.39; python3.13 on x86_64 has 2.34.",
                "build it where glibc is 2.34 or older.",
            ),
        ),
    ],
)
def test_code_that_needs_a_newer_glibc(
    files: list[LocatedNative], platform: NativePlatform, finding: Finding
) -> None:
    """The finding names the file that needs the newest glibc, and a runtime that has it."""
    assert check(*files, on=platform) == (finding,)


@pytest.mark.parametrize(
    "native",
    [
        built(),
        built(glibc=(2, 2, 5)),
        built(glibc=(2, 9)),
        built(glibc=(2, 26)),
        built(glibc=(2, 28), kind="ET_REL"),
    ],
)
def test_glibc_of_the_runtime(native: NativeFile) -> None:
    """Versions are compared as numbers: 2.9 is older than 2.26."""
    assert check(theirs("a.so", native), on=AL2) == ()


def test_code_for_another_machine_has_one_finding() -> None:
    """Its other requirements do not matter on this machine."""
    found = check(
        theirs("a.so", built("aarch64", glibc=(2, 39), needed=("libGL.so.1",))),
        theirs("arm64/b.so", built("aarch64", glibc=(2, 39), needed=("libGL.so.1",))),
        on=AL2,
    )

    assert [each.code for each in found] == ["L001"]


# Libraries.

CV2 = theirs("cv2/cv2.abi3.so", built(needed=("libc.so.6", "libGL.so.1")), "opencv-python 4.12.0")


@pytest.mark.parametrize(
    ("files", "arns", "finding"),
    [
        (
            [CV2],
            (),
            Finding(
                "L003",
                "opencv-python",
                "cv2/cv2.abi3.so of opencv-python 4.12.0 needs libGL.so.1, which is not in Lambda's base system, the artifact or its layers.",
                "require opencv-python-headless instead of opencv-python.",
            ),
        ),
        (
            [CV2],
            (ARN,),
            Finding(
                "L003",
                "opencv-python",
                "cv2/cv2.abi3.so of opencv-python 4.12.0 needs libGL.so.1, which is not in Lambda's base system, the artifact or its layers; a layer attached by ARN may contain it.",
                "require opencv-python-headless instead of opencv-python.",
                doubt=True,
            ),
        ),
        (
            [
                theirs("qt/a.so", built(needed=("libX11.so.6", "libGL.so.1")), "qt 6.0"),
                theirs("qt/b.so", built(needed=("libX11.so.6", "libICE.so.6")), "qt 6.0"),
            ],
            (),
            Finding(
                "L003",
                "qt",
                "qt/a.so and 1 more file of qt 6.0 need libGL.so.1, libICE.so.6, libX11.so.6, which are not in Lambda's base system, the artifact or its layers.",
                "put the libraries into `lib/` with `extra_files`, or attach a layer with them.",
            ),
        ),
        (
            [(extra_file("bin/pdf"), built(kind="ET_EXEC", needed=("libglib-2.0.so.0",)))],
            (),
            Finding(
                "L003",
                "assets/bin/pdf",
                "assets/bin/pdf needs libglib-2.0.so.0, which is not in the artifact or its layers, and may not be in Lambda's base system.",
                "put the library into `lib/` with `extra_files`, or attach a layer with it.",
                doubt=True,
            ),
        ),
        (
            [theirs("a.so", built(needed=("libc.musl-x86_64.so.1",)))],
            (),
            Finding(
                "L003",
                "numpy",
                "a.so of numpy 2.4.1 needs libc.musl-x86_64.so.1, which is not in Lambda's base system, the artifact or its layers.",
                "lock a version of numpy with a wheel tagged `manylinux`.",
            ),
        ),
        (
            [(first_party_file("app/_speed.so"), built(needed=("ld-musl-x86_64.so.1",)))],
            (),
            Finding(
                "L003",
                "src/app/_speed.so",
                "src/app/_speed.so needs ld-musl-x86_64.so.1, which is not in Lambda's base system, the artifact or its layers.",
                "build it with glibc: musl is the C library of Alpine Linux.",
            ),
        ),
    ],
)
def test_missing_libraries(
    files: list[LocatedNative], arns: tuple[str, ...], finding: Finding
) -> None:
    """One finding lists all libraries of a distribution. A layer attached by ARN causes doubt."""
    assert check(*files, arns=arns) == (finding,)


def test_missing_and_uncertain_libraries() -> None:
    """They have separate findings, since only the first one fails the build."""
    found = check(theirs("a.so", built(needed=("libGL.so.1", "libgthread-2.0.so.0"))))

    assert [(each.sentence.split(" needs ")[1].split(",")[0], each.doubt) for each in found] == [
        ("libGL.so.1", False),
        ("libgthread-2.0.so.0", True),
    ]


@pytest.mark.parametrize(
    "name",
    [
        *("libEGL.so.1", "libGLX.so.0", "libXext.so.6", "libXrender.so.1", "libX11-xcb.so.1"),
        *("libxcb.so.1", "libxcb-shm.so.0", "libSM.so.6", "libICE.so.6", "libxkbcommon-x11.so.0"),
        *("libgtk-3.so.0", "libcairo.so.2", "libpangocairo-1.0.so.0", "libfontconfig.so.1"),
        *("libpq.so.5", "libmysqlclient.so.21", "libodbc.so.2", "libsndfile.so.1", "libgomp.so.1"),
        *("libgobject-2.0.so.0", "libgio-2.0.so.0"),
    ],
)
def test_libraries_that_lambda_does_not_have(name: str) -> None:
    """The version in the file name does not matter."""
    assert [each.code for each in check(theirs("a.so", built(needed=(name,))))] == ["L003"]


@pytest.mark.parametrize(
    "name",
    [
        *("libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libmvec.so.1"),
        *("libgcc_s.so.1", "libstdc++.so.6", "ld-linux-x86-64.so.2", "libz.so.1", "libcrypt.so.1"),
        *("libresolv.so.2", "libpython3.13.so.1.0", "libcuda.so.1", "libGLmy.so", "libpqxx-7.so"),
        "",
    ],
)
def test_other_libraries(name: str) -> None:
    """Lambda may have them, or the code may work without them."""
    assert check(theirs("a.so", built(needed=(name,)))) == ()


@pytest.mark.parametrize(
    ("others", "libraries"),
    [
        ([(extra_file("lib/libGL.so.1"), built())], frozenset()),
        ([(extra_file("lib/mesa.so"), built(soname="libGL.so.1"))], frozenset()),
        ([theirs("opencv.libs/libGL.so.1", built())], frozenset()),
        ([], frozenset({"libGL.so.1"})),
    ],
)
def test_library_in_artifact_or_layer(
    others: list[LocatedNative], libraries: frozenset[str]
) -> None:
    """A library is found by its file name or its soname."""
    assert check(CV2, *others, libraries=libraries) == ()


# Several checks.


def test_findings_by_distribution() -> None:
    """Findings are sorted by subject and do not depend on the order of the files."""
    files = [
        theirs("b.so", built(glibc=(2, 28), needed=("libGL.so.1",)), "b 1.0"),
        theirs("a.so", built("aarch64"), "a 1.0"),
        theirs("a2.so", BROKEN, "a 1.0"),
        (first_party_file("c.so"), built(glibc=(2, 28))),
    ]
    found = [("a", "L001"), ("a", "L001"), ("b", "L002"), ("b", "L003"), ("src/c.so", "L002")]

    assert [(each.subject, each.code) for each in check(*files, on=AL2)] == found
    assert check(*files, on=AL2) == check(*reversed(files), on=AL2)


def test_report_of_read_elf() -> None:
    """The report of `read_elf.py` is parsed by path and entry."""
    report = {
        "wheels/numpy.whl": {
            "numpy/_umath.so": {
                "machine": "x86_64",
                "bits": 64,
                "kind": "ET_DYN",
                "glibc": "2.2.5",
                "needed": ["libm.so.6"],
                "soname": "_umath.so",
            },
            "numpy/broken.so": {"unreadable": "it is cut short or damaged"},
        },
        "repository/tool": {
            "": {
                "machine": "aarch64",
                "bits": 64,
                "kind": "ET_EXEC",
                "glibc": "",
                "needed": [],
                "soname": "",
            }
        },
        "repository/tool.py": {},
    }

    assert parse_native_files(report) == {
        ("wheels/numpy.whl", "numpy/_umath.so"): NativeFile(
            "x86_64", 64, "ET_DYN", (2, 2, 5), ("libm.so.6",), "_umath.so"
        ),
        ("wheels/numpy.whl", "numpy/broken.so"): BROKEN,
        ("repository/tool", ""): NativeFile("aarch64", 64, "ET_EXEC"),
    }


def test_library_names() -> None:
    """The loader finds libraries by their file name, and loaded ones by their soname."""
    files = [
        (extra_file("lib/libdemo.so.1.2.3"), built(soname="libdemo.so.1")),
        (extra_file("tool"), built(kind="ET_EXEC")),
    ]

    assert library_names(files) == {"libdemo.so.1.2.3", "libdemo.so.1", "tool"}
