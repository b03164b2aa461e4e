import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tomllib

from artifacts.mounted_artifacts import artifact
from docs.documents import Snippet, covers, every_snippet

# All snippets except those about the reader's repository, which `tests/bootstrap` tests.
SNIPPETS = [
    each
    for each in every_snippet()
    if each.mark != "transcript" and not each.subject("contents of the reader's")
]
UNITS = {"B": 1, "KiB": 1024, "MiB": 1024 * 1024}
# Tolerance for sizes, as a fraction. Other builds of zlib and other patch releases of CPython write
# small files that differ by a few bytes.
TOLERANCE_OF_SIZES = 0.03


def marked(verb: str) -> pytest.MarkDecorator:
    """A parametrization over the snippets whose mark begins with a verb. At least one exists."""
    found = [snippet for snippet in SNIPPETS if snippet.subject(verb)]
    assert found
    return pytest.mark.parametrize("snippet", found, ids=str)


def in_language(language: str, word: str) -> pytest.MarkDecorator:
    """A parametrization over the snippets of a language with this word. At least one exists."""
    found = [each for each in SNIPPETS if each.language == language and word in each.text]
    assert found
    return pytest.mark.parametrize("snippet", found, ids=str)


@marked("from")
def test_snippet_quotes_its_file(snippet: Snippet) -> None:
    """The file contains the lines of the snippet in their order, maybe with an indentation.

    `…` is any text in a line.
    """
    text = content(snippet.subject("from") or "")
    first, *lines = re.escape(snippet.text.rstrip("\n")).replace("…", "[^\n]*").split("\\\n")
    pattern = "\n".join([f"( *){first}", *(rf"\1{line}" if line else "" for line in lines)])

    assert re.search(rf"^{pattern}$", text, re.MULTILINE), text


@marked("contents of")
def test_listing_of_an_artifact(snippet: Snippet) -> None:
    """Each line names a file or, with `/`, a folder. The lines cover all files of the artifact."""
    files = set(artifact(snippet.subject("contents of") or "").files())
    names = [line.split()[0] for line in snippet.text.splitlines()]
    covered = {name: {file for file in files if covers(name, file)} for name in names}

    assert [name for name, found in covered.items() if not found] == []
    assert files == set().union(*covered.values())


@in_language("console", "./pants package")
def test_printed_lines_of_package(snippet: Snippet) -> None:
    """The command, path, runtime, handler, layers, sizes and hash are those in the metadata."""
    command, wrote, *details = snippet.text.splitlines()
    path = wrote.partition("[INFO] Wrote dist/")[2]
    metadata = artifact(path).metadata
    printed = dict(line.strip().split(": ", 1) for line in details)
    size = printed.pop("Size")
    code_sha256 = printed.pop("CodeSha256").replace("…", "")

    assert command == f"$ ./pants package {metadata['address']}"
    assert printed == {
        "Runtime": f"{metadata['runtime']} ({metadata['architecture']})",
        **({"Handler": metadata["handler"]} if metadata["kind"] == "function" else {}),
        **({"Layers": printed_layers(metadata)} if metadata.get("layers") else {}),
    }
    assert metadata["code_sha256"].endswith(code_sha256)
    assert_size(size, r"(\S+) (\w+) zipped", metadata["zip_bytes"], tolerance=TOLERANCE_OF_SIZES)
    assert_size(
        size, r"(\S+) (\w+) unzipped", metadata["unzipped_bytes"], tolerance=TOLERANCE_OF_SIZES
    )
    if metadata.get("layers"):
        total = metadata["total_unzipped_bytes"]
        assert_size(size, r"(\S+) (\w+) of 250 MiB", total, tolerance=TOLERANCE_OF_SIZES)


@in_language("sh", "aws lambda")
def test_calls_of_aws_match_the_metadata(snippet: Snippet) -> None:
    """Calls that upload a zip pass its handler, runtime and architecture."""
    calls = [shlex.split(call) for call in snippet.text.replace("\\\n", "").split("\n\n")]
    for words in calls:
        options = dict(zip(words, words[1:], strict=False))
        if "--zip-file" not in options:
            continue
        metadata = artifact(options["--zip-file"].removeprefix("fileb://dist/")).metadata
        is_layer = "publish-layer-version" in words
        runtime = options.get("--compatible-runtimes" if is_layer else "--runtime")
        architecture = "--compatible-architectures" if is_layer else "--architectures"

        assert is_layer == (metadata["kind"] == "layer")
        assert options.get("--handler", metadata.get("handler")) == metadata.get("handler")
        assert runtime in (None, metadata["runtime"])
        assert options[architecture] == metadata["architecture"]


@in_language("hcl", "aws_lambda_function")
def test_terraform_reads_keys_of_the_metadata(snippet: Snippet) -> None:
    """Each `each.value.KEY` and `KEY` of a layer is a key of the metadata of functions."""
    metadata = artifact("src.functions.add/fn.zip").metadata
    used = set(re.findall(r"each\.value\.(\w+)", snippet.text))

    assert used >= {"code_sha256", "handler", "layers", "runtime"}
    assert used <= set(metadata)
    assert set(re.findall(r"\blayer\.(\w+)", snippet.text)) <= set(metadata["layers"][0])


@marked("prints content_sha256 of")
def test_program_for_the_content_hash(snippet: Snippet) -> None:
    """The program in the document prints the hash in the metadata."""
    built = artifact(snippet.subject("prints content_sha256 of") or "")
    printed = subprocess.run(
        [sys.executable, "-c", snippet.text, built.path],
        capture_output=True,
        check=True,
        text=True,
    )

    assert printed.stdout.strip() == built.metadata["content_sha256"]


@marked("finds torn copies of")
def test_program_for_incomplete_copies(snippet: Snippet, tmp_path: Path) -> None:
    """The program prints the path of an incomplete copy, and nothing for a complete one."""
    path = snippet.subject("finds torn copies of") or ""
    built = artifact(path)
    copy = tmp_path / "dist" / path
    copy.parent.mkdir(parents=True)
    copy.with_name(f"{copy.name}.metadata.json").write_text(built.metadata_text, encoding="utf-8")
    content = built.path.read_bytes()

    copy.write_bytes(content)
    complete = run(snippet.text, cwd=tmp_path)
    copy.write_bytes(content[:-1])
    incomplete = run(snippet.text, cwd=tmp_path)

    assert (complete.returncode, complete.stderr) == (0, "")
    assert (incomplete.returncode, incomplete.stderr) == (1, f"dist/{path}\n")


@in_language("toml", "backend_packages")
def test_configuration_for_other_repositories(snippet: Snippet) -> None:
    """The snippet is TOML, activates the backend, and sets the version of Pants."""
    options = tomllib.loads(snippet.text)["GLOBAL"]
    [plugin] = options.get("plugins", ["none"])
    is_plugin = plugin.startswith("pants-aws-lambda")

    assert is_plugin != ("aws_lambda" in options["backend_packages"])
    assert options["pants_version"] == pants_toml()["GLOBAL"]["pants_version"]


@in_language("sh", "uv pip compile")
def test_commands_that_pin_constraints(snippet: Snippet) -> None:
    """Each resolve has a command with its oldest version of Python and its files."""
    python = pants_toml()["python"]
    constraints = python["resolves_to_interpreter_constraints"]
    expected = {
        (
            f"{name}.requirements.txt",
            f"{name}.constraints.txt",
            *re.findall(r"\d\.\d+", constraints.get(name, python["interpreter_constraints"])[0])[
                :1
            ],
        )
        for name in python["resolves"]
    }
    commands = [line.split() for line in snippet.text.splitlines() if line.startswith("uv ")]

    assert expected == {
        (words[-3], words[-1], words[words.index("--python-version") + 1]) for words in commands
    }


def run(program: str, *, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=False, text=True, cwd=cwd
    )


def content(place: str) -> str:
    """The text of a file in the repository, next to an artifact, or in an artifact (`a.zip!b`)."""
    path, inside, entry = place.partition("!")
    if inside:
        return artifact(path).files()[entry].decode()
    if path.endswith(".metadata.json"):
        return artifact(path.removesuffix(".metadata.json")).metadata_text
    return Path(path).read_text(encoding="utf-8")


def printed_layers(metadata: dict[str, Any]) -> str:
    """The layers of a function, as `package` prints them."""
    return ", ".join(each.get("address") or each["arn"] for each in metadata["layers"])


def assert_size(text: str, pattern: str, expected: int, tolerance: float = 0.0) -> None:
    found = re.search(rf"(?:^|[,;] ){pattern}", text)
    assert found, text
    number, unit = float(found[1]), UNITS[found[2]]
    rounding = 0.05 * unit if unit > 1 else 0
    assert abs(number * unit - expected) <= rounding + tolerance * expected


def pants_toml() -> dict[str, Any]:
    return tomllib.loads(Path("pants.toml").read_text(encoding="utf-8"))
