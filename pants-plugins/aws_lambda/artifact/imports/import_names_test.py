"""Tests of the modules after the first one in an import statement."""

from __future__ import annotations

import pytest

from aws_lambda.artifact.imports.import_names import find_further_imports


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import a\n", ()),
        ("import a, b\n", ("b",)),
        ("import a, b.c as d , e\n", ("b.c", "e")),
        ("import a.b as c, d\n", ("d",)),
        ("    import a, b\n", ("b",)),
        ("x = 1; import a, b\n", ("b",)),
        ("if True: import a, b\n", ("b",)),
        ("import a, \\\n    b\n", ("b",)),
        ("import a, b  # and c, d\n", ("b",)),
        ("from a import b, c\n", ()),
        ("from a import (\n    b,\n    c,\n)\n", ()),
        ("# import a, b\n", ()),
        ('"""\nimport a, b\n"""\n', ()),
        ("'''\nimport a, b\n'''\nimport c, d\n", ("d",)),
        ('x = "import a, b"\n', ()),
        ('x = f"{y["z"]}"\nimport a, b\n', ("b",)),
        ("importing = a, b\n", ()),
        ("import a, b  # pants: no-infer-dep\nimport c, d\n", ("d",)),
        ("import a, \\\n    b  # pants: no-infer-dep\n", ()),
        ("import a, b; import c, d  # noqa  # pants: no-infer-dep\n", ()),
        ('x = "# pants: no-infer-dep"; import a, b\n', ("b",)),
        ("# pants: no-infer-dep\nimport a, b\n", ("b",)),
    ],
)
def test_further_names(source: str, expected: tuple[str, ...]) -> None:
    """Names after a comma count in any statement, except on lines that Pants is told to skip."""
    assert find_further_imports(source) == expected
