"""The functions of this repository, as `tailor` would propose them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from aws_lambda.tailor.proposed_targets import (
    HandlerFile,
    NamedHandler,
    may_have_handler,
    parse_named_handler,
    propose_functions,
)
from aws_lambda.testing.program_runs import import_program

_PROGRAM = import_program("find_handlers.py")


def handler_files() -> Iterator[HandlerFile]:
    settings = Path("pants.toml").read_text()
    patterns = re.search(r"^root_patterns = (.*)$", settings, re.MULTILINE)
    assert patterns is not None
    roots = [root.strip("/") for root in json.loads(patterns[1])]
    for file in sorted(Path("src").rglob("*.py")):
        path = str(file)
        content = file.read_bytes()
        if may_have_handler(path, content):
            names = _PROGRAM.handlers_in(ast.parse(content))
            root = max((root for root in roots if path.startswith(f"{root}/")), key=len)
            if names:
                yield HandlerFile(path, root, tuple(names))


def named_handlers() -> Iterator[NamedHandler]:
    """The handlers of the `lambda_function` targets in `src/`."""
    for file in sorted(Path("src").rglob("BUILD")):
        folder = str(file.parent)
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "handler":
                named = parse_named_handler(ast.literal_eval(node.value), folder)
                assert named is not None
                yield named


def test_tailor_finds_the_functions_of_this_repository() -> None:
    """Without its `lambda_function` targets, `tailor` proposes one for each handler."""
    files = [*handler_files()]
    named = [*named_handlers()]

    proposed = propose_functions(files, [], {})
    missing = propose_functions(files, named, {})

    handlers = {(each.module, each.function) for each in named if each.module}
    handlers |= {(each.file, each.function) for each in named if each.file}
    assert len(proposed) == len(handlers) + 1
    assert {each.name for each in proposed} == {"fn"}
    # `pex_binary` packages this one.
    assert [f"{each.folder}/{each.handler}" for each in missing] == [
        "src/pex_app/handler.py:lambda_handler"
    ]
