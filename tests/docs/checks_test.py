import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from aws_lambda.artifact.checks.hidden_modules import check_hidden_modules
from aws_lambda.artifact.checks.missing_imports import check_missing_imports
from aws_lambda.artifact.checks.startup_failure import StartResult, describe_failure
from aws_lambda.artifact.checks.unused_patterns import check_patterns
from aws_lambda.artifact.collisions.detection import CollidingFiles, is_harmless
from aws_lambda.artifact.collisions.resolution import resolve_collisions
from aws_lambda.artifact.errors import Where
from aws_lambda.artifact.exclusions import PRESETS, Exclusions
from aws_lambda.artifact.explanations import Page
from aws_lambda.artifact.findings import CHECKS, ChecksFailed, judge_findings, parse_checks
from aws_lambda.artifact.imports.module_index import ImportableModules
from aws_lambda.artifact.imports.module_locations import CheckedArtifact
from aws_lambda.artifact.imports.reachability import find_missing_imports
from aws_lambda.lambda_explain import check_pages
from aws_lambda.testing.files import first_party_file, third_party_file
from aws_lambda.testing.modules import facts_reader, own_module, path_entry

CHECKS_PAGE = Path("docs/reference/checks.md")
LEAVING_OUT = Path("docs/guides/leaving-files-out.md")
RUNNING = Path("docs/guides/running.md")
COLLISIONS = Path("docs/concepts/collisions.md")
DOCUMENTS = sorted((*Path().glob("*.md"), *Path("docs").rglob("*.md")))
ORDERS = Where("lambda_function", "src/orders:api")


def text_of(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def snippet(document: Path, mark: str) -> str:
    """The block of text after an HTML comment."""
    found = re.search(
        rf"^<!-- {re.escape(mark)} -->\n```text\n(.*?)^```$",
        text_of(document),
        re.MULTILINE | re.DOTALL,
    )
    assert found, f"{document} has no block {mark!r}"
    return found[1]


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


@pytest.mark.parametrize("page", check_pages(), ids=lambda each: each.name)
def test_parts_of_the_page_of_a_check(page: Page) -> None:
    """A page has causes, two ways to handle a finding, and the limits of the check."""
    parts = re.findall(r"^\*\*(.+?)\.\*\* ", page.text, re.MULTILINE)

    assert parts == ["Causes", "How to fix", "How to accept", "Limits"]


@pytest.mark.parametrize("page", check_pages(), ids=lambda each: each.name)
def test_page_shows_an_entry_of_ignore(page: Page) -> None:
    """A reader can paste the entry, because it contains the code and a subject."""
    assert f'**How to accept.** `ignore=["{page.name}:' in page.text


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_documents_name_existing_checks(document: Path) -> None:
    """A check exists for each code in prose, examples and links."""
    assert set(re.findall(r"\bL\d{3}\b", text_of(document))) <= set(CHECKS)


def test_findings_in_the_example() -> None:
    """The example shows the lines of `package` with their indentation."""
    found = [
        *check_hidden_modules([first_party_file("types.py")], root="", python=(3, 13)),
        *check_patterns(Exclusions(("models/**",)), (), (), where=ORDERS),
    ]
    judged = judge_findings(found, parse_checks({}), (), where=ORDERS)

    printed = "".join(f"    {line}\n" for line in judged.lines())
    assert printed == snippet(CHECKS_PAGE, "findings of src/orders:api")


def test_error_in_the_readme() -> None:
    """The README shows the whole message after the name of its class, as Pants prints them."""
    made = [
        own_module("orders/api.py", "c orders.lib.prices of"),
        own_module("orders/lib/prices.py", "c orders.lib.taxes rate", names="of"),
        own_module("orders/lib/taxes.py", "c decimel", names="rate"),
    ]
    lacking = find_missing_imports(
        ImportableModules([path_entry(*made)], facts_reader(*made)), ["orders.api"], python=(3, 13)
    )
    holder = CheckedArtifact("src/orders:api", "3.13", {})
    found = check_missing_imports(lacking, python=(3, 13), locations={}, artifact=holder)
    judged = judge_findings(found, parse_checks({}), (), where=ORDERS)

    with pytest.raises(ChecksFailed) as error:
        judged.refuse_errors(where=ORDERS)

    printed = f"ChecksFailed: {error.value}\n"
    assert printed == snippet(Path("README.md"), "an error of L005")


def test_failed_start_in_the_guide() -> None:
    """The guide shows the whole message of `check`."""
    frames = [
        '  File "/var/task/lambda_function.py", line 1, in <module>\n'
        "    from orders.api import handler as handler\n",
        '  File "/var/task/orders/api.py", line 3, in <module>\n    TABLE = os.environ["TABLE"]\n',
        '  File "<frozen os>", line 717, in __getitem__\n',
    ]
    payload = {"errorType": "KeyError", "errorMessage": "'TABLE'", "stackTrace": frames}
    started = StartResult("KeyError", json.dumps(payload), "", unset_variables=("TABLE",))

    said = describe_failure(started, address="src/orders:api", check_env={})
    assert f"{said}\n" == snippet(RUNNING, "an error of the import check")


def test_error_of_colliding_distributions() -> None:
    """The page shows the whole message after the name of its class, as Pants prints them."""
    table = snippet(COLLISIONS, "an error of jwt and PyJWT")
    rows = re.findall(r"^  (jwt/.+)$|^    (.+?)  +([\d,]+) bytes  (\w+)$", table, re.MULTILINE)
    path, files = "", []
    for heading, owner, size, sha256 in rows:
        path = heading or path
        if owner:
            made = third_party_file(path, of=owner)
            files.append(replace(made, sha256=sha256, size=int(size.replace(",", ""))))

    assert len(files) == 6
    where = Where("lambda_function", "src/clash:fn")
    with pytest.raises(CollidingFiles) as error:
        resolve_collisions(files, syntax_digests={}, reexport_module=None, where=where)

    assert f"CollidingFiles: {error.value}\n" == table


def test_presets_of_exclude() -> None:
    """The table has the name and the patterns of each preset, and says which presets keep code."""
    rows = re.findall(r'^\| `"(.+?)"` \| (`\*\*.+) \|$', text_of(LEAVING_OUT), re.MULTILINE)
    documented = {
        name: (tuple(each for each in quoted(said) if "*" in each), "never `.py`" in said)
        for name, said in rows
    }

    assert documented == {
        name: (preset.patterns, preset.keeps_code) for name, preset in PRESETS.items()
    }


def test_files_without_code() -> None:
    """The rule about harmless collisions applies to each name in the list."""
    _, _, rest = text_of(COLLISIONS).partition("\n## Files without code\n")
    folders, top, names, typing = re.findall(r"^- (.+(?:\n  .+)*)", rest, re.MULTILINE)[:4]
    wildcards = [f"x{each}" if each.startswith(".") else each for each in quoted(top)]
    titles = [each for each in quoted(names) if not each.startswith(".")]
    stubs = [each if each == "py.typed" else f"x{each}" for each in quoted(typing)]
    paths = [
        *(f"{each}/x.py" for each in quoted(folders)),
        *wildcards,
        *(f"pkg/{each}.txt" for each in titles),
        *(f"pkg/{each}" for each in stubs),
    ]

    assert len(paths) > 25
    assert [each for each in paths if not is_harmless(each)] == []
