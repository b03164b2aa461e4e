"""Modules and files that code names, that the repository has, and that an artifact lacks."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from aws_lambda.testing.app_files import HANDLER_FIELD, HANDLER_SOURCE, function_files
from aws_lambda.testing.repository import TrialRepository

VAIN = "ChecksFailed: The `lambda_function` target src/app:fn would fail in Lambda.\n\n"


def accusation(repository: TrialRepository) -> str:
    """The sentence and the fix of the only finding that fails the build."""
    refusal = repository.package_error("fn", "src/app")
    assert refusal.startswith(VAIN)
    sentence, fix, page = map(str.strip, refusal[len(VAIN) :].splitlines()[:3])
    assert page == "pants lambda-explain -- L005"
    return f"{sentence}\n{fix}"


def importing(module: str) -> dict[str, str | bytes]:
    return function_files(HANDLER_FIELD, handler=f"import {module}\n{HANDLER_SOURCE}")


OWNED: Mapping[str, tuple[dict[str, str], str]] = {
    "two source roots": (
        {
            "src/models.py": "",
            "src/BUILD": "python_sources()",
            "lib/models.py": "",
            "lib/BUILD": "python_sources()",
        },
        "L005  src/app/api.py:1 imports models, which several targets own, so Pants chooses none: lib/models.py, src/models.py.\n"
        'To fix, add to src/app:fn: `dependencies=["src/models.py"]`, or set `ambiguity_resolution = "by_source_root"` in `[python-infer]`.',
    ),
    "no target": (
        {"src/models.py": ""},
        "L005  src/app/api.py:1 imports models, and no target owns src/models.py.\n"
        "To fix, add `python_sources()` to src/BUILD.",
    ),
    "a `!` entry": (
        {
            "src/models.py": "",
            "src/BUILD": "python_sources()",
            "src/app/BUILD": f'python_sources(dependencies=["!src/models.py"])\nlambda_function(name="fn", {HANDLER_FIELD})',
        },
        "L005  src/app/api.py:1 imports models, and a `!` entry of `dependencies` excludes its owner src/models.py.\n"
        "To fix, remove that entry.",
    ),
    "a comment": (
        {
            "src/models.py": "",
            "src/BUILD": "python_sources()",
            "src/app/api.py": f"import models  # pants: no-infer-dep\n{HANDLER_SOURCE}",
        },
        "L005  src/app/api.py:1 imports models, and nothing depends on its owner src/models.py.\n"
        'To fix, add to src/app:fn: `dependencies=["src/models.py"]`.',
    ),
}


@pytest.mark.parametrize("case", OWNED)
def test_missing_first_party_module(repository: TrialRepository, case: str) -> None:
    """The finding explains why no owner of the module is included (L005)."""
    files, expected = OWNED[case]
    repository.write({**importing("models"), **files})

    assert accusation(repository) == expected


def test_module_in_a_nested_source_root(repository: TrialRepository) -> None:
    """A source root below another one changes the names of its modules (L005)."""
    repository.set_options("--source-root-patterns=['/src', '/src/shared']")
    repository.write({"src/shared/models.py": "", "src/shared/BUILD": "python_sources()"})
    repository.write(importing("shared.models"))

    assert accusation(repository) == (
        "L005  src/app/api.py:1 imports shared.models, and src/shared/models.py is the module models, because it is in the source root src/shared.\n"
        "To fix, import models, or remove src/shared from `[source].root_patterns`."
    )


REQUIRED: Mapping[str, tuple[str, str]] = {
    "several requirements": (
        'python_requirement(name="a", requirements=["thing"])\n'
        'python_requirement(name="b", requirements=["thing[more]"])',
        "L005  src/app/api.py:1 imports thing, which several targets own, so Pants chooses none: src/reqs:a, src/reqs:b.\n"
        'To fix, add to src/app:fn: `dependencies=["src/reqs:a"]`.',
    ),
    "a distribution without the module": (
        'python_requirement(name="a", requirements=["other"], modules=["other", "thing"])',
        "L005  src/app/api.py:1 imports thing, and other 1.0 in the artifact or its layers does not contain thing.\n"
        "To fix, lock a version that contains it, correct the import, or correct the modules of src/reqs:a.",
    ),
    "an environment marker": (
        'python_requirement(name="a", requirements=["thing; python_version < \'3.13\'"])',
        'L005  src/app/api.py:1 imports thing, and the requirement `thing; python_version < "3.13"` of src/reqs:a does not apply to Python 3.13 on Lambda.\n'
        "To fix, change the environment marker, or guard the import.",
    ),
    "other modules": (
        'python_requirement(name="a", requirements=["thing"], modules=["thign"])',
        "L005  src/app/api.py:1 imports thing, and src/reqs:a lists the modules thign instead.\n"
        "To fix, add thing to its `modules` or `module_mapping`.",
    ),
    "only a dependency of others": (
        "",
        "L005  src/app/api.py:1 imports thing, and no target declares thing 1.0, which the lockfile contains for other distributions.\n"
        "To fix, add thing to the requirements.",
    ),
}


@pytest.mark.parametrize("case", REQUIRED)
def test_missing_third_party_module(repository: TrialRepository, case: str) -> None:
    """The finding names the requirement targets of the module's distribution (L005)."""
    targets, expected = REQUIRED[case]
    repository.add_wheel("thing==1.0", {"thing.py": ""})
    repository.add_wheel("other==1.0", {"other.py": ""})
    repository.lock("thing==1.0", "other==1.0")
    repository.write({"3rdparty/default/BUILD": "", "src/reqs/BUILD": targets})
    repository.write(importing("thing"))

    assert accusation(repository) == expected


def test_requirements_lines_that_pants_ignores(repository: TrialRepository) -> None:
    """Pants does not read a file that a requirements file includes (L005)."""
    repository.write(
        {
            "src/reqs/requirements.txt": "-r base.txt\n",
            "src/reqs/base.txt": "thing\n",
            "src/reqs/BUILD": "python_requirements()",
            **importing("thing"),
        }
    )

    assert accusation(repository) == (
        "L005  src/app/api.py:1 imports thing, which no target owns, and Pants ignores `-r base.txt` in src/reqs/requirements.txt.\n"
        "To fix, declare these requirements in a separate `python_requirements` target."
    )


def test_module_of_another_resolve(repository: TrialRepository) -> None:
    """Pants searches for owners in the resolve of the importing file only (L005)."""
    repository.set_options("--python-resolves={'default': 'default.lock', 'other': 'other.lock'}")
    repository.write(
        {
            "src/models.py": "",
            "src/BUILD": 'python_sources(resolve="other")',
            **importing("models"),
        }
    )

    assert accusation(repository) == (
        "L005  src/app/api.py:1 imports models, which only targets of other resolves own: src/models.py (`other`).\n"
        "To fix, give these targets and src/app:fn the same `resolve`."
    )


SITE = {
    "src/mysite/settings.py": 'ROOT_URLCONF = "mysite.urls"\nINSTALLED_APPS = ["polls"]\n',
    "src/mysite/urls.py": "",
    "src/mysite/BUILD": "python_sources()",
    "src/polls/__init__.py": "",
    "src/polls/models.py": "",
    "src/polls/BUILD": "python_sources()",
}


def test_modules_that_a_framework_imports_by_name(repository: TrialRepository) -> None:
    """A string that names a module of the repository is reported, and so are the modules that this
    one names (L025).
    """
    handler = (
        "import os\n"
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")\n' + HANDLER_SOURCE
    )
    repository.write({**function_files(HANDLER_FIELD, handler=handler), **SITE})

    built = repository.package("fn", "src/app")

    assert built.findings == [
        "L025 warning: src/app/api.py:2 names mysite.settings, and nothing depends on its owner src/mysite/settings.py. "
        'The same applies to 2 more: mysite.urls, polls. To fix, add to src/app:fn: `dependencies=["src/mysite/settings.py", "src/mysite/urls.py", "src/polls"]`. (pants lambda-explain -- L025)'
    ]


def test_modules_that_are_imported_later(repository: TrialRepository) -> None:
    """An import that may fail later is reported if the repository has the module (L025)."""
    handler = (
        "def handler(event, context):\n"
        "    from importlib import import_module\n"
        "    import models, unknown\n"
        '    return import_module("plugins.one")\n'
    )
    repository.write(
        {
            "src/models.py": "",
            "src/plugins/one.py": "",
            "src/BUILD": 'python_sources(sources=["**/*.py", "!app/*"])',
            "lib/models.py": "",
            "lib/BUILD": "python_sources()",
            **function_files(HANDLER_FIELD, handler=handler),
        }
    )

    built = repository.package("fn", "src/app")

    assert built.findings == [
        "L025 warning: src/app/api.py:3 names models, and nothing depends on any of its owners lib/models.py, src/models.py. "
        'The same applies to 1 more: plugins.one. To fix, add to src/app:fn: `dependencies=["lib/models.py"]`. (pants lambda-explain -- L025)'
    ]


DATA: Mapping[str, tuple[str, dict[str, str], list[str]]] = {
    "no target": (
        '(pathlib.Path(__file__).parent / "html" / "hello.html").read_text()',
        {},
        [
            'add `resources(name="html", sources=["html/hello.html"])` to src/app/BUILD, and add to src/app:fn: `dependencies=["src/app:html"]`.'
        ],
    ),
    "a target": (
        'open(os.path.join(HERE, "html/hello.html"))',
        {"src/app/html/BUILD": "resources(sources=['*.html'])"},
        ['add to src/app:fn: `dependencies=["src/app/html"]`.'],
    ),
    "a file target": (
        'open(f"{HERE}/html/hello.html")',
        {"src/app/html/BUILD": "files(sources=['*.html'])"},
        [
            'make src/app/html a `resources` target instead of a `files` target, and add to src/app:fn: `dependencies=["src/app/html"]`.'
        ],
    ),
    "carried": (
        'open("hello.html")',
        {
            "src/app/BUILD": f'python_sources()\nresources(name="r", sources=["html/*"])\nlambda_function(name="fn", {HANDLER_FIELD}, dependencies=[":r"])'
        },
        [],
    ),
    "another text": ('"hello"', {}, []),
}


@pytest.mark.parametrize("case", DATA)
def test_missing_data_file(repository: TrialRepository, case: str) -> None:
    """A string in a module names a file in or below its folder (L026)."""
    expression, files, fixes = DATA[case]
    handler = f"import os, pathlib\nHERE = os.path.dirname(__file__)\ndef handler(event, context):\n    return {expression}\n"
    repository.write(
        {
            "src/app/html/hello.html": "hello",
            **function_files(HANDLER_FIELD, handler=handler),
            **files,
        }
    )

    built = repository.package("fn", "src/app")

    assert built.findings == [
        "L026 warning: src/app/api.py:4 names src/app/html/hello.html, which is not in the artifact. "
        f"To fix, {fix} (pants lambda-explain -- L026)"
        for fix in fixes
    ]


def test_missing_data_folder(repository: TrialRepository) -> None:
    """A part of a path names a folder with data files (L026)."""
    handler = (
        f'from jinja2 import FileSystemLoader\nLOADER = FileSystemLoader("html")\n{HANDLER_SOURCE}'
    )
    repository.add_wheel("jinja2==1.0", {"jinja2.py": "FileSystemLoader = str"})
    repository.lock("jinja2==1.0")
    repository.write(
        {
            "src/app/html/hello.html": "",
            "src/app/html/bye.html": "",
            "src/app/html/README.md": "",
            **function_files(HANDLER_FIELD, handler=handler),
        }
    )

    built = repository.package("fn", "src/app")

    assert built.findings == [
        "L026 warning: src/app/api.py:2 names src/app/html (2 files), which is not in the artifact. "
        'To fix, add `resources(name="html", sources=["html/**"])` to src/app/BUILD, and add to src/app:fn: `dependencies=["src/app:html"]`. (pants lambda-explain -- L026)'
    ]


def test_check_names_the_owner_of_a_missing_module(repository: TrialRepository) -> None:
    """If an import fails at start, `check` searches the repository for the module."""
    handler = f'import importlib\nimportlib.import_module("mysite." + "settings")\n{HANDLER_SOURCE}'
    repository.write({**function_files(HANDLER_FIELD, handler=handler), **SITE})

    exit_code, said = repository.check("fn", "src/app")

    assert exit_code == 1
    assert said.endswith(
        "\n\nThe artifact lacks mysite.settings, and nothing depends on its owner "
        "src/mysite/settings.py.\n\n"
        'To fix, add to src/app:fn: `dependencies=["src/mysite/settings.py", "src/mysite/urls.py", "src/polls"]`.'
    )


def test_check_names_the_target_of_a_missing_file(repository: TrialRepository) -> None:
    """The same applies to a path below /var/task that the repository has."""
    handler = f'open(__file__[:-6] + "data" + ".txt")\n{HANDLER_SOURCE}'
    repository.write({**function_files(HANDLER_FIELD, handler=handler), "src/app/data.txt": ""})

    exit_code, said = repository.check("fn", "src/app")

    assert exit_code == 1
    assert said.endswith(
        "\n\nThe repository has src/app/data.txt, which the artifact does not carry.\n\n"
        'To fix, add `resources(name="data", sources=["data.txt"])` to src/app/BUILD, and add to src/app:fn: `dependencies=["src/app:data"]`.'
    )
