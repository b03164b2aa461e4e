import re
from pathlib import Path

import pytest

from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.handler_fields import parse_reexport
from aws_lambda.migrate.build_files import translate_build_files
from docs.documents import quoted, snippets, tables

PAGE = Path("docs/migrating/pants.md")
ROWS = [
    (old, quoted(row[1]))
    for row in tables(PAGE, "Fields")[0]
    for old in quoted(row[0])
    if "=" in old
]


def test_the_example_is_translated_as_shown() -> None:
    """The snippet marked `to` is what `lambda-migrate` makes of the one marked `translates`."""
    before = {path: each.text for each in snippets(PAGE) if (path := each.subject("translates"))}
    after = {path: each.text for each in snippets(PAGE) if (path := each.subject("to"))}

    assert before
    assert {each.path: each.after for each in translate_build_files(before)} == after


@pytest.mark.parametrize(("old", "new"), tables(PAGE, "Targets")[0])
def test_targets_are_translated_as_listed(old: str, new: str) -> None:
    """Each row of the table is a name before and after."""
    (change,) = translate_build_files({"BUILD": f"{quoted(old)[0]}(name='a')\n"})

    assert change.after == f"{quoted(new)[0]}(name='a')\n"


@pytest.mark.parametrize(("old", "new"), ROWS)
def test_fields_are_translated_as_listed(old: str, new: list[str]) -> None:
    """Each row of the table is a field before and after. Without a field after, it is gone."""
    layer = 'python_aws_lambda_layer(name="deps")\n'
    before = f"python_aws_lambda_function(\n    name='a',\n    {old},\n)\n"

    (change,) = translate_build_files({"BUILD": f"{before}{layer}"})

    code = re.sub(r"^ *#.*\n", "", change.after, flags=re.MULTILINE)
    field = f"    {new[0]},\n" if new else ""
    assert code == f"lambda_function(\n    name='a',\n{field})\nlambda_layer(name=\"deps\")\n"


def test_the_handler_of_lambdex_can_be_kept() -> None:
    """The field `reexport` accepts its name."""
    [text] = [each.text for each in snippets(PAGE.with_name("lambdex.md")) if each.mark]
    name = re.findall(r'reexport="(.*)"', text)

    assert [parse_reexport(each, where=Where("", "src:fn")) for each in name]
