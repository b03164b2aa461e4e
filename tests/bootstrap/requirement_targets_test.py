"""Which BUILD files state the requirements of a resolve, and when they are read again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bootstrap.requirement_targets import RequirementTargets


def inputs(root: Path, resolve: str = "default") -> dict[str, str]:
    return RequirementTargets(root, root.parent / "cache", "default").inputs(resolve)


def written(folder: Path, **files: str) -> Path:
    """Files below `folder`; `__` in a name means a slash, and `BUILD` needs no extension."""
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
def test_a_target_states_requirements_of_its_resolve(
    tmp_path: Path, text: str, resolves: list[str]
) -> None:
    """A resolve that only Pants can tell is taken for any; Pants reports a syntax error."""
    root = written(tmp_path / "root", src__BUILD=text)

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
def test_the_files_that_targets_read_are_inputs(
    tmp_path: Path, text: str, files: list[str]
) -> None:
    """Such a file can be anywhere in the repository, and one that is missing can appear."""
    root = written(tmp_path / "root", src__BUILD=text)

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
def test_statements_that_do_not_matter_change_nothing(
    tmp_path: Path, before: str, after: str, is_an_input: bool
) -> None:
    """Targets that state no requirements of the resolve leave its lockfile as it is."""
    root = written(tmp_path / "root", src__BUILD=before)
    first = inputs(root)
    written(root, src__BUILD=after)

    assert (inputs(root) != first) is is_an_input


def test_every_change_is_seen(tmp_path: Path) -> None:
    """New, edited and deleted files and folders are, though unchanged folders are not read again."""
    root = written(tmp_path / "root", a__BUILD="python_sources()", b__c__keep="")
    seen = [sorted(inputs(root))]
    written(root, a__BUILD=REQUIREMENTS)
    seen.append(sorted(inputs(root)))
    written(root, **{"b__c__d__BUILD.pants": REQUIREMENTS})
    seen.append(sorted(inputs(root)))
    os.remove(root / "a/BUILD")
    seen.append(sorted(inputs(root)))

    assert seen == [
        [],
        ["a/BUILD", "a/requirements.txt"],
        ["a/BUILD", "a/requirements.txt", "b/c/d/BUILD.pants", "b/c/d/requirements.txt"],
        ["b/c/d/BUILD.pants", "b/c/d/requirements.txt"],
    ]


def test_folders_of_other_programs_are_not_read(tmp_path: Path) -> None:
    """Pants ignores hidden folders and `dist`; those of npm are large and contain no BUILD file."""
    folders = (".venv", "dist", "node_modules")
    files = {f"{each}__BUILD": REQUIREMENTS for each in folders}

    assert inputs(written(tmp_path / "root", **files)) == {}
