from __future__ import annotations

from aws_lambda.migrate.pants_configuration import notes_on_configuration

_BACKEND = """\
[GLOBAL]
pants_version = "2.17.1"
backend_packages = [
  "pants.backend.awslambda.python",
]
"""
_REMOVE = (
    'When no target of Pants\' own backend is left, remove "pants.backend.awslambda.python" from '
    "`backend_packages` (line 4)."
)
_HANDLER = (
    "Lambdex named the handler `lambdex_handler.handler` in AWS. Its name is now "
    "`lambda_function.handler`. Change the functions' configuration, or set "
    '`reexport="lambdex_handler.handler"` on the targets.'
)


def _section(line: int) -> str:
    return (
        f"No option of `[lambdex]` (line {line}) is used for `lambda_function`. Remove the "
        "section, unless `python_google_cloud_function` uses it."
    )


def test_other_configurations_need_no_change() -> None:
    """A repository without the old backend has neither backend nor section."""
    assert list(notes_on_configuration('[GLOBAL]\nbackend_packages = ["aws_lambda"]\n')) == []


def test_lambdex_is_the_default_of_pants_2_17() -> None:
    """Its handler has another name in AWS."""
    assert list(notes_on_configuration(_BACKEND)) == [_REMOVE, _HANDLER]


def test_later_versions_name_the_handler_as_this_backend() -> None:
    """Their default layout is a plain zip."""
    assert list(notes_on_configuration(_BACKEND.replace("2.17.1", "2.18.3"))) == [_REMOVE]


def test_the_layout_decides_if_it_is_set() -> None:
    """Before the version does."""
    zipped = f'{_BACKEND}\n[lambdex]\nlayout = "zip"\n\n[other]\nlayout = "lambdex"\n'
    lambdex = zipped.replace("2.17.1", "2.18.3").replace('"zip"', '"lambdex"')

    assert list(notes_on_configuration(zipped)) == [_REMOVE, _section(7)]
    assert list(notes_on_configuration(lambdex)) == [_REMOVE, _HANDLER, _section(7)]
