"""Lockfiles that tests write themselves, compared with those of PEX."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aws_lambda.testing.pex_lockfile import create_lock
from aws_lambda.testing.repository import TrialRepository, lock_with_pex


def with_sorted_wheels(document: dict[str, Any]) -> dict[str, Any]:
    """Return the lockfile with the wheels of each project in the order of their names."""
    for each in document["locked_resolves"][0]["locked_requirements"]:
        each["artifacts"].sort(key=lambda artifact: artifact["url"])
    return document


def test_lockfile_equals_that_of_pex(repository: TrialRepository) -> None:
    """A lockfile of a test differs from that of PEX only in the order of a project's wheels."""
    repository.add_wheel("direct==1.0", {"direct.py": ""}, requires="deep.er")
    repository.add_wheel("deep_er==1.0", {"deeper.py": ""})
    repository.add_wheel("deep_er==2.0", {"deeper.py": ""}, requires="deepest>=1,<3")
    repository.add_wheel("deepest==1.0", {"deepest.py": ""}, requires='addon; extra == "more"')
    repository.add_wheel("deepest==10.0", {"deepest.py": ""})
    repository.add_wheel("addon==1.0", {"addon.py": ""})
    for machine in ("x86_64", "aarch64"):
        tag = f"cp313-cp313-manylinux_2_28_{machine}"
        repository.add_wheel("native==1.0", {"native.py": ""}, tag=tag)
    repository.add_wheel("unused==1.0", {"unused.py": ""})
    wheels, requirements = repository.root / "wheels", ("native==1.0", "direct[more]==1.0")
    lock_with_pex(wheels, repository.root / "pex.lock", *requirements)

    of_pex = json.loads((repository.root / "pex.lock").read_text())
    own = create_lock(requirements, wheels.glob("*.whl"), of_pex["pex_version"])

    assert with_sorted_wheels(own) == with_sorted_wheels(of_pex)


def test_requirement_without_a_wheel(repository: TrialRepository) -> None:
    """As with PEX, a test fails if it locks a requirement without adding a wheel for it."""
    repository.add_wheel("direct==1.0", {"direct.py": ""}, requires="absent")

    with pytest.raises(LookupError, match="no wheel satisfies absent"):
        repository.lock("direct==1.0")
