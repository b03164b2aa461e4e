"""Files of a package `app` that contains a handler, for tests that package it."""

from __future__ import annotations

HANDLER_SOURCE = "def handler(event, context):\n    return event\n"
HANDLER_FIELD = 'handler="api.py:handler"'


def function_files(
    fields: str, *, handler: str = HANDLER_SOURCE, more: str = ""
) -> dict[str, str | bytes]:
    """Return the module `app.api` and a BUILD file with the function `src/app:fn`.

    `fields` are the fields of the function, `handler` the source of the module, and `more` the
    other targets of the BUILD file.
    """
    return {
        "src/app/api.py": handler,
        "src/app/BUILD": f'python_sources()\n{more}\nlambda_function(name="fn", {fields})',
    }
