"""Whole BUILD files before and after. What a translation explains is pinned next to it."""

from __future__ import annotations

import ast
import itertools
import textwrap
from collections.abc import Mapping

import pytest

from aws_lambda.migrate.build_files import translate_build_files
from aws_lambda.migrate.file_changes import FileChange


def _translate(text: str, path: str = "src/api/BUILD", **others: str) -> FileChange:
    """Translate one file, and check what holds for all."""
    texts = {path: text, **{each.replace("__", "/"): other for each, other in others.items()}}
    changes = _translate_all(texts)
    return next((each for each in changes if each.path == path), FileChange(path, text, text))


def _translate_all(
    texts: Mapping[str, str], macros: tuple[str, ...] = ()
) -> tuple[FileChange, ...]:
    changes = translate_build_files(texts, macros)
    after = {**texts, **{each.path: each.after for each in changes}}
    for each in changes:
        if each.is_edit:
            ast.parse(each.after)
    assert [each for each in translate_build_files(after, macros) if each.is_edit] == []
    return changes


def _text(indented: str) -> str:
    return textwrap.dedent(indented).lstrip("\n")


def test_a_name_is_replaced() -> None:
    """Fields that both backends have stay, with comments and formatting."""
    before = """
        # Our API.
        python_sources( name = 'lib' )   # code

        python_aws_lambda_function(
                name = 'fn',  # as in AWS
            handler='api.py:handler', runtime="python3.12",
            # The queue sends one message at a time.
            output_path = "api.zip",
            dependencies=["./schema.json"], tags=["a",], resolve="default",
            architecture="arm64", environment="linux", description='Dé', include_requirements=True
        ) ;  files(name="f")
        """
    after = before.replace("python_aws_lambda_function", "lambda_function")

    assert _translate(_text(before)) == FileChange("src/api/BUILD", _text(before), _text(after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("python_awslambda(name='a', handler='a:b')", "lambda_function(name='a', handler='a:b')"),
        ("python_aws_lambda_layer(name='a')", "lambda_layer(name='a')"),
        # Values.
        ("python_awslambda(layout='flat-zipped')", "lambda_function(layout='zip')"),
        ("python_awslambda(layout='flat')", "lambda_function(layout='flat')"),
        (
            "python_awslambda(layout=parametrize('flat', 'flat-zipped'))",
            "lambda_function(layout=parametrize('flat', 'zip'))",
        ),
        # Arguments of PEX.
        (
            "python_awslambda(pex3_venv_create_extra_args=['--collisions-ok'], name='a')",
            'lambda_function(collisions={"**": "first"}, name=\'a\')',
        ),
        (
            "python_awslambda(pex_build_extra_args=['--exclude=a>=1', '--exclude', 'b'])",
            'lambda_function(provided=["a", "b"])',
        ),
        (
            "python_awslambda(name='a', pex_build_extra_args=['--ignore-errors'])",
            "lambda_function(name='a')",
        ),
        (
            "python_awslambda(name='a', pex_build_extra_args=[], pex3_venv_create_extra_args=())",
            "lambda_function(name='a')",
        ),
        (
            "python_awslambda(pex_build_extra_args=[], name='a')",
            "lambda_function(name='a')",
        ),
        (
            "python_awslambda(pex3_venv_create_extra_args=['--compile', '--no-emit-warnings'])",
            'lambda_function(bytecode="all")',
        ),
        # Places where names and fields may be.
        (
            "[python_awslambda(name=n, layout='flat-zipped') for n in ('a', 'b')]",
            "[lambda_function(name=n, layout='zip') for n in ('a', 'b')]",
        ),
        (
            "python_awslambda(**parametrize('x', layout='flat-zipped'))",
            "lambda_function(**parametrize('x', layout='zip'))",
        ),
        (
            "python_awslambda(**{'layout': 'flat-zipped', 'pex_build_extra_args': []})",
            "lambda_function(**{'layout': 'zip'})",
        ),
        (
            "A = dict(layout='flat-zipped')\npython_awslambda(**A)\npython_awslambda(**A)",
            "A = dict(layout='zip')\nlambda_function(**A)\nlambda_function(**A)",
        ),
        (
            "__defaults__({python_awslambda: dict(layout='flat-zipped')})",
            "__defaults__({lambda_function: dict(layout='zip')})",
        ),
        (
            "__defaults__({'python_aws_lambda_layer': {'layout': 'flat-zipped'}}, extend=True)",
            "__defaults__({'lambda_layer': {'layout': 'zip'}}, extend=True)",
        ),
        (
            "__defaults__({(python_awslambda, python_aws_lambda_layer): {'runtime': 'python3.12'}})",
            "__defaults__({(lambda_function, lambda_layer): {'runtime': 'python3.12'}})",
        ),
        (
            "__dependents_rules__(('<python_awslambda>', '*'), (python_awslambda, '!*'))",
            "__dependents_rules__(('<lambda_function>', '*'), (lambda_function, '!*'))",
        ),
        ("fn = python_awslambda\nfn(name='a')", "fn = lambda_function\nfn(name='a')"),
        # Texts that only look alike.
        ("files(name='python_awslambda')", "files(name='python_awslambda')"),
        ("# python_awslambda(\nfiles()", "# python_awslambda(\nfiles()"),
        ("python_awslambdas()", "python_awslambdas()"),
        # Ends of lines, and characters of several bytes.
        ("python_awslambda(\r\n  name='ä', layout='flat-zipped',\r\n)\r\n",) * 2,
        ("é = 'ß'; python_awslambda(name='ä', layout='flat-zipped')",) * 2,
    ],
)
def test_a_text_is_translated(before: str, after: str) -> None:
    """Only what differs between the backends changes."""
    if before == after and "layout" in before:
        after = before.replace("python_awslambda", "lambda_function").replace("flat-zipped", "zip")

    assert _translate(before).after == after


def test_a_layer_of_requirements_is_attached() -> None:
    """A layer that names the function gets its requirements from it."""
    change = _translate(_text("""
        python_aws_lambda_function(
            name="fn",
            handler="api.py:handler",
            include_requirements=False,  # they are in the layer
        )

        python_aws_lambda_layer(
            name="deps",
            dependencies=[":fn"],  # all of it
            include_sources=False,
        )
        """))

    assert change.after == _text("""
        lambda_function(
            name="fn",
            handler="api.py:handler",
            layers=[":deps"],  # they are in the layer
        )

        lambda_layer(
            name="deps",
            requirements_of=[":fn"],  # all of it
            include_sources=False,
        )
        """)
    assert change.notes == (
        '`fn` (line 1): `layers=[":deps"]` replaces `include_requirements=False`, since `deps` '
        "names the function or its code. The function contains the distributions that its layers "
        "lack. To make these an error, add `include_requirements=False`. To use the runtime's "
        'boto3, add `provided=["aws-sdk"]`.',
    )


def test_other_entries_of_a_layer_stay() -> None:
    """Only functions move to `requirements_of`. Comments stay."""
    change = _translate(_text("""
        python_aws_lambda_function(name="fn", handler="api.py:handler")
        python_aws_lambda_layer(
            name="deps",
            dependencies=[
                "src/api:fn",
                # A plug-in that no module imports.
                "//3rdparty:plugin",
                ":fn",  # twice
            ],
            include_sources=False,
        )
        python_aws_lambda_layer(name="b", include_sources=False, dependencies=["//:c", ":fn"])
        """))

    assert change.after == _text("""
        lambda_function(name="fn", handler="api.py:handler")
        lambda_layer(
            name="deps",
            dependencies=[
                # A plug-in that no module imports.
                "//3rdparty:plugin",
                # twice
            ],
            requirements_of=["src/api:fn", ":fn"],
            include_sources=False,
        )
        lambda_layer(name="b", include_sources=False, dependencies=["//:c"], requirements_of=[":fn"])
        """)


def test_first_party_code_of_functions_needs_a_decision() -> None:
    """`requirements_of` brings third-party code only."""
    change = _translate(_text("""
        python_aws_lambda_function(name="fn", handler="api.py:handler")
        python_aws_lambda_layer(name="layer", dependencies=[":fn"])
        """))

    assert change.after == _text("""
        lambda_function(name="fn", handler="api.py:handler")
        # lambda-migrate: `requirements_of=[":fn"]` contains only the third-party code of these functions.
        # For their first-party code, name its targets in `dependencies`.
        lambda_layer(name="layer", requirements_of=[":fn"])
        """)


@pytest.mark.parametrize(
    ("layers", "attached"),
    [
        # By the handler's code.
        ({"src__api__BUILD": 'L(name="a", dependencies=["./fn.py"])\nL(name="b")'}, '":a"'),
        ({"src__api__BUILD": 'L(name="a", dependencies=[":lib"])\nL(name="b")'}, '":a"'),
        (
            {"x__BUILD": 'L(name="a", dependencies=["//src/api:fn"])', "src__api__BUILD": ""},
            '"x:a"',
        ),
        # By distance.
        ({"src__api__BUILD": 'L(name="a")', "src__BUILD": 'L(name="b")'}, '":a"'),
        ({"src__BUILD": 'L(name="a")', "BUILD": 'L(name="b")'}, '"src:a"'),
        ({"BUILD": 'L(name="a")'}, '"//:a"'),
        ({"layers__BUILD": 'L(name="a")'}, '"layers:a"'),
        ({"layers__BUILD": "L()"}, '"layers:layers"'),
        # By platform.
        ({"src__api__BUILD": 'L(name="a", runtime="python3.13")\nL(name="b")'}, '":b"'),
        ({"layers__BUILD": 'lambda_layer(name="translated")'}, '"layers:translated"'),
        # By the functions that other layers name.
        (
            {
                "layers__BUILD": 'L(name="a", dependencies=["//3rdparty:x"])',
                "b__BUILD": 'python_awslambda(name="b")\nL(name="c", dependencies=[":b"])',
            },
            '"layers:a"',
        ),
        # By nothing.
        ({"src__api__BUILD": 'L(name="a")\nL(name="b")'}, ""),
        ({"l__BUILD": 'L(name="a")', "m__BUILD": 'L(name="b")'}, ""),
        ({}, ""),
        ({"src__api__BUILD": 'L(name="a", include_requirements=False)'}, ""),
    ],
)
def test_the_layer_of_a_function_is_found(layers: dict[str, str], attached: str) -> None:
    """By its entries, else by its distance, if only one comes into question."""
    function = (
        'python_sources(name="lib")\n'
        'python_aws_lambda_function(name="fn", handler="fn.py:handler", runtime="python3.12", '
        "include_requirements=False)\n"
    )
    new = {k: v.replace("L(", "python_aws_lambda_layer(") for k, v in layers.items()}
    own = new.pop("src__api__BUILD", "")

    after = _translate(f"{function}{own}\n", **new).after

    expected = f"layers=[{attached}]" if attached else "include_requirements=False"
    assert f'runtime="python3.12", {expected})' in after
    assert ("# lambda-migrate: Name the layers" in after) == (not attached)


def test_a_list_kept_by_hand_can_be_shorter() -> None:
    """A note tells how. The list stays, since the layer must keep its contents."""
    text = 'python_aws_lambda_layer(name="a", dependencies=["//:x"], include_sources=False)\n'

    change = _translate(text)

    assert change.after == text.replace("python_aws_lambda_layer", "lambda_layer")
    assert change.notes == (
        '`a` (line 1): `requirements_of=["attached"]` would add the third-party code of all '
        "functions that attach this layer. `dependencies` then needs only what no module imports.",
    )


def test_a_layer_that_cannot_be_known_is_explained() -> None:
    """At the function, with the layers that may be meant."""
    change = _translate(
        _text("""
        python_awslambda(
            name="fn",
            handler="fn.py:handler",
            include_requirements=False,
        )
        """),
        layers__BUILD='python_aws_lambda_layer(name="a")\npython_aws_lambda_layer(name="b")\n',
    )

    assert change.after == _text("""
        lambda_function(
            name="fn",
            handler="fn.py:handler",
            # lambda-migrate: Name the layers of this function in `layers`. These files have several:
            # `layers:a`, `layers:b`. List distributions that the runtime or a layer from elsewhere contains
            # in `provided`. Without both, `package` fails with `NotCovered`.
            include_requirements=False,
        )
        """)


def test_a_field_without_a_counterpart_becomes_a_comment() -> None:
    """With its own comments, so that nothing is lost."""
    change = _translate(_text("""
        python_aws_lambda_function(
            name="fn",
            pex_build_extra_args=[
                "--exclude=boto3",
                # Our mirror.
                "--find-links=https://example.com",
                "--jobs", "4",
            ],  # PEX
            plugin_field=3,
        )
        """))

    assert change.after == _text("""
        lambda_function(
            name="fn",
            # lambda-migrate: `pex_build_extra_args` is gone. These arguments have no field:
            # `--find-links=https://example.com` (set `[python-repos].find_links` in pants.toml), `--jobs
            # 4`.
            # pex_build_extra_args=[
            #     "--exclude=boto3",
            #     # Our mirror.
            #     "--find-links=https://example.com",
            #     "--jobs", "4",
            # ],
            provided=["boto3"],  # PEX
            # lambda-migrate: `plugin_field` is a field of neither backend. If a plugin adds it, let the
            # plugin add it to `lambda_function` too.
            plugin_field=3,
        )
        """)


def test_complete_platforms_win_over_the_runtime() -> None:
    """As in Pants since 2.18. Both together are an error of this backend."""
    change = _translate(_text("""
        python_awslambda(
            name="fn",
            runtime="python3.12",  # as in AWS
            complete_platforms=[":platform"],
        )
        python_awslambda(name="ambient", complete_platforms=[], runtime="python3.12")
        """))

    assert change.after == _text("""
        lambda_function(
            name="fn",
            # lambda-migrate: `runtime` had no effect next to `complete_platforms`, and is an error now.
            # runtime="python3.12",
            # as in AWS
            complete_platforms=[":platform"],
        )
        # lambda-migrate: An empty `complete_platforms` built for the machine that runs Pants. Artifacts are
        # built for `runtime` and `architecture`, or for the interpreter constraints.
        # complete_platforms=[],
        lambda_function(name="ambient", runtime="python3.12")
        """)


def test_hidden_fields_are_explained() -> None:
    """Values that only running the file would show."""
    change = _translate(_text("""
        OURS = dict(layout="flat-zipped")
        pex_binary(**OURS)
        for name in ["a", "b"]:
            python_awslambda(
                name=name,
                include_requirements=name == "a",
                pex_build_extra_args=ARGS,
                runtime="python3.8",
                layout=LAYOUT,
                **OURS,
            )
        """))

    assert change.after == _text("""
        OURS = dict(layout="flat-zipped")
        pex_binary(**OURS)
        for name in ["a", "b"]:
            lambda_function(
                name=name,
                # lambda-migrate: A function with `include_requirements=False` must name the layers that
                # contain its third-party code in `layers`, or the distributions in `provided`. Otherwise,
                # `package` fails with `NotCovered`.
                include_requirements=name == "a",
                # lambda-migrate: `pex_build_extra_args` is gone, and its value is not a list of literals.
                # `--collisions-ok` becomes `collisions`, and `--exclude` becomes `provided`.
                # pex_build_extra_args=ARGS,
                # lambda-migrate: Lambda no longer has the runtime `python3.8`. Set a newer one.
                runtime="python3.8",
                # lambda-migrate: `layout` must be `"zip"`, which was `"flat-zipped"`, or `"flat"`.
                layout=LAYOUT,
                # lambda-migrate: `OURS` may set fields that `lambda_function` does not have
                # (`pex_build_extra_args`, `pex3_venv_create_extra_args`, `layout="flat-zipped"`), or
                # `include_requirements=False`, which needs `layers`. Translate them where they are set.
                **OURS,
            )
        """)


def test_macros_are_translated() -> None:
    """A macro has no folder, so it names layers by their full addresses."""
    macro = "def fn(name):\n    python_awslambda(name=name, include_requirements=False)\n"

    change, layer = _translate_all(
        {"macros.py": macro, "src/BUILD": 'python_aws_lambda_layer(name="deps")\n'}, ("macros.py",)
    )

    assert change.after == 'def fn(name):\n    lambda_function(name=name, layers=["src:deps"])\n'
    assert layer.after == 'lambda_layer(name="deps")\n'


def test_a_macro_with_an_old_name_is_kept() -> None:
    """Its callers mean the macro."""
    texts = {
        "macros.py": "def python_awslambda(**fields):\n    pass\n",
        "BUILD": "python_awslambda()\n",
    }

    (change,) = _translate_all(texts, ("macros.py",))

    assert not change.is_edit
    assert change.notes == (
        "`python_awslambda` (line 1): A macro of this repository defines `python_awslambda`. "
        "Rename it by hand.",
    )


def test_a_file_that_does_not_parse_is_kept() -> None:
    """Only if it contains an old name is it reported."""
    (change,) = _translate_all({"a/BUILD": "python_awslambda(\n", "b/BUILD": "files(\n"})

    assert not change.is_edit
    assert change.notes == (
        "The file cannot be parsed in line 1 (unexpected EOF while parsing), and stays as it is. "
        "Correct it, and run the command again.",
    )


_FIELDS = (
    'layout="flat-zipped"',
    "include_requirements=False",
    'pex_build_extra_args=["--exclude=a", "--x"]',
    'pex3_venv_create_extra_args=["--collisions-ok",]',
    'runtime="python3.8"',
    'complete_platforms=["a:b"]',
    'dependencies=[":other", "//:x", ":fn"]',
    "**KW",
)
_FORMS = (
    "{0}({1})\n",
    "{0}({1},)\n",
    "{0}(\n    {2},\n)\n",
    "if True: {0}(  {2}\n  )\n",
    "x = [{0}(name='a', {1}), {0}({1}, name=('b'))]; y = '''\n{0}'''\n",
    "__defaults__({{({0},): dict({1})}})\n",
)


@pytest.mark.parametrize("form", _FORMS)
def test_every_combination_of_fields_stays_valid(form: str) -> None:
    """The result parses, and has no old name and no field that the new targets do not have."""
    for fields in ((), *itertools.combinations(_FIELDS, 2), _FIELDS):
        for alias in ("python_awslambda", "python_aws_lambda_layer"):
            text = form.format(alias, ", ".join(fields), ",  # why\n    ".join(fields))
            try:
                ast.parse(text)
            except SyntaxError:
                continue
            code = ast.parse(_translate(f"{text}python_awslambda(name='fn')\n").after)
            names = {each.id for each in ast.walk(code) if isinstance(each, ast.Name)}
            fields_left = {each.arg for each in ast.walk(code) if isinstance(each, ast.keyword)}

            assert not names & {"python_awslambda", "python_aws_lambda_layer"}, text
            assert not fields_left & {"pex_build_extra_args", "pex3_venv_create_extra_args"}, text
