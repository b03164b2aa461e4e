"""The requirement targets that ./pants reads from BUILD files, and when it reads them again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bootstrap.requirement_targets import RequirementTargets


def inputs(root: Path, resolve: str = "default") -> dict[str, str]:
    return RequirementTargets(root, root.parent / "cache", "default").inputs(resolve)


def write_files(folder: Path, **files: str) -> Path:
    """Write texts to files below `folder`. `__` in a name stands for a slash."""
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.mark.parametrize(
    ("text", "resolves"),
    [
        ('python_requirement(name="a", requirements=["a"])', ["default"]),
        ('python_requirements(resolve="tools")', ["tools"]),
        ('python_requirements(resolve=parametrize("default", "tools"))', ["default", "tools"]),
        ("python_requirements(**FIELDS)", ["default", "tools"]),
        ('python_requirement(name="a", resolve=NAME)', ["default", "tools"]),
        ('[python_requirement(name=n, resolve="tools") for n in NAMES]', ["tools"]),
        ('team_requirements(resolve="tools")', ["tools"]),
        ('__defaults__(all=dict(resolve="tools"))\npython_requirements()', ["default", "tools"]),
        ("python_requirements(", []),
        ("# python_requirements()", []),
        ('lambda_layer(name="a", include_requirements=False, requirements_of=[":fn"])', []),
    ],
)
def test_resolves_of_requirement_targets(tmp_path: Path, text: str, resolves: list[str]) -> None:
    """If only Pants can evaluate the resolve, the target counts for every resolve.

    A BUILD file with a syntax error counts for none, because Pants reports the error.
    """
    root = write_files(tmp_path / "root", src__BUILD=text)

    assert [name for name in ("default", "tools") if "src/BUILD" in inputs(root, name)] == resolves


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("python_requirements()", ["src/BUILD", "src/requirements.txt"]),
        ('python_requirements(source="../all.txt")', ["all.txt", "src/BUILD"]),
        ("poetry_requirements()", ["src/BUILD", "src/pyproject.toml"]),
        ("pipenv_requirements()", ["src/BUILD", "src/Pipfile.lock"]),
        ('python_requirement(name="a", requirements=["a"])', ["src/BUILD"]),
    ],
)
def test_files_that_targets_read(tmp_path: Path, text: str, files: list[str]) -> None:
    """The files are inputs of the lockfile, in any folder, and even if they do not exist yet."""
    root = write_files(tmp_path / "root", src__BUILD=text)

    assert sorted(inputs(root)) == files


REQUIREMENTS = 'python_requirements(name="reqs")\n'


@pytest.mark.parametrize(
    ("before", "after", "is_an_input"),
    [
        (REQUIREMENTS, f"{REQUIREMENTS}python_sources()\n", False),
        (REQUIREMENTS, f"# A comment.\n{REQUIREMENTS}", False),
        (REQUIREMENTS, f'{REQUIREMENTS}python_requirements(name="b", resolve="tools")\n', False),
        (REQUIREMENTS, 'python_requirements(name="reqs", module_mapping={"a": ["b"]})\n', True),
        (f'V = "1"\n{REQUIREMENTS}', f'V = "2"\n{REQUIREMENTS}', True),
    ],
)
def test_statements_that_change_the_inputs(
    tmp_path: Path, before: str, after: str, is_an_input: bool
) -> None:
    """Comments and targets without requirements of the resolve do not change its inputs."""
    root = write_files(tmp_path / "root", src__BUILD=before)
    first = inputs(root)
    write_files(root, src__BUILD=after)

    assert (inputs(root) != first) is is_an_input


def test_changed_files_and_folders_are_read_again(tmp_path: Path) -> None:
    """New, edited and deleted files and folders change the inputs."""
    root = write_files(tmp_path / "root", a__BUILD="python_sources()", b__c__keep="")
    seen = [sorted(inputs(root))]
    write_files(root, a__BUILD=REQUIREMENTS)
    seen.append(sorted(inputs(root)))
    write_files(root, **{"b__c__d__BUILD.pants": REQUIREMENTS})
    seen.append(sorted(inputs(root)))
    os.remove(root / "a/BUILD")
    seen.append(sorted(inputs(root)))

    assert seen == [
        [],
        ["a/BUILD", "a/requirements.txt"],
        ["a/BUILD", "a/requirements.txt", "b/c/d/BUILD.pants", "b/c/d/requirements.txt"],
        ["b/c/d/BUILD.pants", "b/c/d/requirements.txt"],
    ]


def test_skipped_folders(tmp_path: Path) -> None:
    """Pants ignores hidden folders and `dist`. Folders of npm are large and have no BUILD files."""
    folders = (".venv", "dist", "node_modules")
    files = {f"{each}__BUILD": REQUIREMENTS for each in folders}

    assert inputs(write_files(tmp_path / "root", **files)) == {}
