"""The reasons for distributions: imports before requirements, and short chains before long ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_lambda.artifact.imports.module_index import ImportableModules
from aws_lambda.artifact.report.reasons import (
    Reason,
    RequiredProject,
    best_reason,
    find_reasons,
    parse_requirements,
)
from aws_lambda.testing.modules import importable_modules, own_module, wheel_module

MODULES = importable_modules(
    own_module("orders/__init__.py"),
    own_module("orders/api.py", "c orders.lib"),
    own_module("orders/lib.py", "c pandas"),
    wheel_module("pandas/__init__.py", "c pandas.core", of="pandas 2.3"),
    wheel_module("pandas/core.py", "c numpy", of="pandas 2.3"),
    wheel_module("numpy/__init__.py", of="numpy 2.3"),
    wheel_module("tzdata/__init__.py", of="tzdata 2026.1"),
)


def find(
    *projects: str,
    modules: ImportableModules | None = MODULES,
    requires: Mapping[str, Sequence[str]] | None = None,
    declared: Mapping[str, str] | None = None,
) -> Mapping[str, Reason]:
    parsed = {name: parse_requirements(each) for name, each in (requires or {}).items()}
    return find_reasons(projects, modules, ["orders.api"], parsed, declared or {})


def test_chain_of_imports() -> None:
    """A step is between modules of first-party code, and between distributions as a whole."""
    reasons = find("pandas", "numpy")

    to_pandas = ("orders.api imports orders.lib", "orders.lib imports pandas")
    assert reasons == {
        "pandas": Reason(True, to_pandas),
        "numpy": Reason(True, (*to_pandas, "pandas imports numpy")),
    }


def test_requirement_without_an_import() -> None:
    """The chain continues with a requirement, and the distribution counts as not imported."""
    reasons = find("pandas", "tzdata", requires={"pandas": ["tzdata>=2022; python_version>'3'"]})

    assert reasons["tzdata"].is_imported is False
    assert reasons["tzdata"].steps[-2:] == ("orders.lib imports pandas", "pandas requires tzdata")


def test_requirements_of_extras_come_last() -> None:
    """Another distribution that requires the project itself explains more."""
    requires = {"pandas": ["tzdata; extra == 'timezone'"], "numpy": ["tzdata"]}

    with_numpy = find("pandas", "numpy", "tzdata", requires=requires)
    alone = find("pandas", "tzdata", requires=requires)

    assert with_numpy["tzdata"].steps[-1] == "numpy requires tzdata"
    assert alone["tzdata"].steps[-1] == "pandas requires tzdata"


def test_declared_requirement() -> None:
    """A BUILD file is the reason for a distribution that nothing imports or requires."""
    assert find("tzdata", declared={"tzdata": "3rdparty#tzdata"}) == {
        "tzdata": Reason(False, ("the dependencies include 3rdparty#tzdata",))
    }


def test_unknown_imports() -> None:
    """If the modules are unknown, so is whether a distribution is imported."""
    assert find("numpy", modules=None, declared={"numpy": "3rdparty#numpy"}) == {
        "numpy": Reason(None, ("the dependencies include 3rdparty#numpy",))
    }


def test_no_reason() -> None:
    """A distribution without a known reason has no steps."""
    assert find("tzdata") == {"tzdata": Reason(False, ())}


def test_requirements_that_require_each_other() -> None:
    """A cycle of requirements without an import ends at the declared one, or has no reason."""
    requires = {"a": ["b"], "b": ["a"]}

    assert find("a", "b", requires=requires) == {"a": Reason(False, ()), "b": Reason(False, ())}


def test_reason_in_a_layer() -> None:
    """An import by any function explains more than a requirement, and that more than the layer's
    own reason.
    """
    own, required = Reason(None, ("the layer",)), Reason(False, ("a requires b",))
    imported = Reason(True, ("app imports b",))

    assert best_reason([own, required, imported]) == imported
    assert best_reason([own, required]) == required
    assert best_reason([own]) == own


def test_invalid_requirement() -> None:
    """Headers that packaging cannot parse, as old wheels have them, are left out."""
    assert parse_requirements(["Foo_Bar (>=1)", "no(t valid", "x; extra == 'y'"]) == (
        RequiredProject("foo-bar", False),
        RequiredProject("x", True),
    )
