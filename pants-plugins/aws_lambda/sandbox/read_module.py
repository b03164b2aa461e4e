"""Reports names, imports and texts of Python files, as JSON on standard output. It judges nothing.

    python3.X read_module.py REQUEST.json

REQUEST is `{"python": [3, 13], "wanted": [...]}`: the version that will run the code, and the items
to read. The output maps the key of each item to its report. An item is one of these:

A file is `{"key": ..., "path": ...}`. If it is in a wheel, `path` is the wheel and `"entry"` the
path inside the wheel. The item has `"module"` (its dotted name) and `"package"` (whether it is an
`__init__`) if these are known. The report has these fields:

- `names`: names that importing the module binds; `hinted`: more names that only type checkers see
- `dynamic`: whether it may bind names that its source does not contain; `lazy`: whether it has a
  `__getattr__`
- `unanswering`, `borrowed`: facts about names that may be handlers
- `imports`, `typed`, `spelled`: imports, and those that only type checkers run
- `provides`, `changes_path`: how it changes which modules Python finds
- `extends_path`, `names_path`: whether its package may extend over several folders
- `sets`: names of attributes that it sets on its imports
- `module_texts`, `file_texts`, `words`: texts that may name modules, files and plug-ins
- `syntax_digest`: for a package, the SHA-256 of its syntax tree without docstrings
- `syntax_error`: a message, and `unread`: whether the file is too complex for the parser. With one
  of these, the fields above are missing, or say only what must be assumed

The modules in `syntax/` explain these fields.

A wheel is `{"key": ..., "wheel": ...}`. Its report maps each Python file, except tests and scripts,
to `imports`, `lazy`, and as far as they apply `provides`, `changes_path`, `sdk` (those of boto3 and
botocore that it imports anywhere), `loads_plugins` (whether it mentions entry points) and `unread`.

A search in a wheel has `"strings"` (texts) or `"imports"` (modules) as well. Its report maps each
entry with a match to the texts and modules that match. A text matches a whole string literal. A
module matches an import statement, or a call of a function whose name contains `import`, in
functions as well.

Pants runs this program with a Python at least as new as the code, because an older parser rejects
newer syntax. It requires CPython 3.9 or newer and the standard library.
"""

from __future__ import annotations

import ast
import gc
import hashlib
import json
import sys
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from aws_lambda.sandbox.syntax.bindings import (
    attributes_set,
    bound_names,
    extends_path,
    handler_facts,
    is_dynamic,
    mentions_package_path,
    names_bound_by,
    nodes_in_module_scope,
    syntax_digest,
)
from aws_lambda.sandbox.syntax.imports import (
    CERTAIN,
    SEARCH_WORDS,
    ImportReader,
    mentions_in,
    sdk_imports,
    search_changes,
    typing_only_imports,
)
from aws_lambda.sandbox.syntax.texts import SETTINGS_OF_DJANGO, file_texts, module_texts, words

# Folders of wheels that handlers rarely reach. They contain a fifth of the code.
_TEST_FOLDERS = {"__pycache__", "test", "tests"}
# Every module that looks for entry points contains one of these words.
_PLUGIN_WORDS = (b"entry_points", b"entrypoints", b"stevedore")


def main(request_path: str) -> dict[str, Any]:
    with open(request_path, encoding="utf-8") as file:
        request = json.load(file)
    python = tuple(request["python"])
    return {
        wanted["key"]: (wheel_report if "wheel" in wanted else file_report)(wanted, python)
        for wanted in request["wanted"]
    }


def file_report(wanted: Mapping[str, Any], python: tuple[int, int]) -> dict[str, Any]:
    content = read_source(wanted)
    try:
        return module_report(content, wanted, python)
    except SyntaxError as error:
        # An unknown encoding or a NUL byte has no line.
        return {"syntax_error": f"line {error.lineno}: {error.msg}" if error.lineno else error.msg}
    except ValueError as error:  # A NUL byte, before CPython 3.12.
        return {"syntax_error": str(error)}
    except (RecursionError, MemoryError):  # An expression that is too deep for the parser.
        digest = hashlib.sha256(content).hexdigest()
        return {"unread": True, "names": [], "dynamic": True, "syntax_digest": digest}


def read_source(wanted: Mapping[str, Any]) -> bytes:
    if "entry" in wanted:
        import zipfile  # For the reason in `wheel_report`.

        with zipfile.ZipFile(wanted["path"]) as wheel:
            return wheel.read(wanted["entry"])
    with open(wanted["path"], "rb") as file:
        return file.read()


def module_report(
    content: bytes, wanted: Mapping[str, Any], python: tuple[int, int]
) -> dict[str, Any]:
    tree = ast.parse(content)
    names = bound_names(tree.body)
    is_package = wanted.get("package", False)
    reader = ImportReader(wanted.get("module", ""), is_package, python, content)
    reader.read_block(tree.body, CERTAIN)
    nodes = list(ast.walk(tree))
    is_lazy = "__getattr__" in names
    return {
        "module_texts": module_texts(nodes, is_settings=bool(SETTINGS_OF_DJANGO & names)),
        "file_texts": file_texts(nodes),
        "names": sorted(names),
        **handler_facts(tree.body, reader.package),
        "hinted": sorted(bound_names(tree.body, type_checking=True) - names),
        "dynamic": is_lazy or any(map(is_dynamic, nodes)),
        "lazy": is_lazy,
        "extends_path": any(map(extends_path, nodes)),
        "names_path": wanted.get("package", True) and mentions_package_path(nodes),
        "imports": reader.found,
        # `__getattr__` can import any name at run time.
        **({} if is_lazy else typing_only_imports(tree, nodes, wanted, content)),
        "sets": sorted(attributes_set(nodes)),
        "words": words(nodes),
        # Only packages are compared by their digests.
        "syntax_digest": syntax_digest(tree, nodes) if wanted.get("package", True) else "",
        **search_changes(nodes),
    }


def wheel_report(wanted: Mapping[str, Any], python: tuple[int, int]) -> dict[str, Any]:
    # The import is slow, and a run for an edited file reads no wheel.
    import zipfile

    with zipfile.ZipFile(wanted["wheel"]) as wheel:
        modules = {entry: installed_module(entry) for entry in wheel.namelist()}
        sources = {entry: module for entry, module in modules.items() if module}
        if "strings" in wanted or "imports" in wanted:
            return search_report(wheel, sources, wanted)
        return {
            entry: entry_report(wheel.read(entry), module, is_package, python)
            for entry, (module, is_package) in sources.items()
        }


def installed_module(entry: str) -> tuple[str, bool] | None:
    """Return the module that an entry of a wheel is installed as, and whether it is a package.

    It is `None` for tests, scripts and files that are no modules.
    """
    *folders, name = entry.split("/")
    if not name.endswith(".py") or _TEST_FOLDERS.intersection(folders):
        return None
    if folders and folders[0].endswith(".data"):
        if folders[1:2] not in (["purelib"], ["platlib"]):
            return None
        folders = folders[2:]
    is_package = name == "__init__.py"
    return ".".join(folders if is_package else [*folders, name[: -len(".py")]]), is_package


def search_report(wheel: Any, entries: Iterable[str], wanted: Mapping[str, Any]) -> dict[str, Any]:
    texts, modules = set(wanted.get("strings", ())), set(wanted.get("imports", ()))
    wanted_words = [each.encode() for each in (*texts, *modules)]
    wanted_mentions = {("s", text) for text in texts} | {("i", module) for module in modules}
    found: dict[str, Any] = {}
    for entry in entries:
        content = wheel.read(entry)
        if any(word in content for word in wanted_words):
            try:
                nodes = ast.walk(ast.parse(content))
                mentions = {each for node in nodes for each in mentions_in(node)}
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            if wanted_mentions & mentions:
                found[entry] = sorted(name for _, name in wanted_mentions & mentions)
    return found


def entry_report(
    content: bytes, module: str, is_package: bool, python: tuple[int, int]
) -> dict[str, Any]:
    try:
        tree = ast.parse(content)
        body = tree.body
        is_lazy = b"__getattr__" in content and any(
            "__getattr__" in names_bound_by(node) for node in nodes_in_module_scope(body)
        )
        reader = ImportReader(module, is_package, python, content)
        reader.read_block(body, CERTAIN)
        if reader.computes_names:
            reader.read_strings(tree)
        # A walk takes time, and few modules contain one of these words.
        has_search_words = any(word in content for word in SEARCH_WORDS)
        changes = search_changes(list(ast.walk(tree))) if has_search_words else {}
        sdk = sdk_imports(tree) if b"boto" in content else []
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # Wheels contain templates, and code for other versions of Python.
        return {"unread": True}
    more = {key: value for key, value in changes.items() if value}
    if sdk:
        more["sdk"] = sdk
    if any(word in content for word in _PLUGIN_WORDS):
        more["loads_plugins"] = True
    return {"imports": reader.found, "lazy": is_lazy, **more}


if __name__ == "__main__":
    # Newer versions of Python warn of invalid escapes in strings, which users cannot fix in wheels.
    warnings.simplefilter("ignore")
    # Syntax trees have no cycles, and the garbage collector would take time to look for them.
    gc.disable()
    json.dump(main(sys.argv[1]), sys.stdout, sort_keys=True, separators=(",", ":"))
