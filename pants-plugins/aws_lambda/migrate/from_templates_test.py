"""BUILD files, requirement files and settings for the functions of templates."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from aws_lambda.migrate.from_templates import Translation
from aws_lambda.templates.packaged_functions import PackagedFunction, PackagedLayer
from aws_lambda.templates.planned_targets import PlannedTargets
from aws_lambda.testing.template_repository import TemplateRepository, notes


def test_function_with_a_layer_and_data(tmp_path: Path) -> None:
    """The function gets its handler, layers, data and variables, and the layer its requirements."""
    repository = TemplateRepository(
        tmp_path,
        {
            "svc/template.yaml": """\
                Resources:
                  CreateOrder:
                    Type: AWS::Serverless::Function
                    Properties:
                      CodeUri: create/
                      Handler: app.main
                      Runtime: python3.13
                      Architectures: [arm64]
                      Layers: [!Ref Common]
                      Environment:
                        Variables: {TABLE: orders, REGION: !Ref "AWS::Region"}
                  Common:
                    Type: AWS::Serverless::LayerVersion
                    Properties: {ContentUri: common/, LayerName: acme-common}
                """,
            "svc/create/app.py": "",
            "svc/create/app_test.py": "",
            "svc/create/lib/prices.py": "",
            "svc/create/lib/prices.json": "",
            "svc/create/pages/index.html": "",
            "svc/create/README.md": "",
            "svc/common/python/acme/__init__.py": "",
            "svc/common/requirements.txt": "requests==2.32.0\n",
        },
    )
    translation = repository.translate("svc/template.yaml")

    assert repository.write("svc/template.yaml") == {
        "svc/common/BUILD": dedent("""\
            python_requirements(name="requirements")

            lambda_layer(
                name="layer",
                dependencies=["svc/common/python/acme", "svc/common:requirements#requests"],
                layer_name="acme-common",
            )
            """),
        "svc/common/python/acme/BUILD": "python_sources()\n",
        "svc/create/BUILD": dedent("""\
            python_sources()

            resources(name="data", sources=["lib/prices.json", "pages/**/*"])

            lambda_function(
                name="fn",
                handler="app.py:main",
                layers=["svc/common:layer"],
                dependencies=[":data"],
                check_env={"TABLE": "orders"},
            )
            """),
        "svc/create/lib/BUILD": "python_sources()\n",
    }
    assert notes(translation.changes) == {
        "svc/template.yaml": (
            "The template does not contain the values of REGION (CreateOrder). If a handler's "
            "module reads them when it is imported, add values to `check_env`.",
        )
    }
    settings = translation.settings
    assert settings is not None
    assert (settings.source_roots, settings.pythons, settings.default_architecture) == (
        ("svc/common/python", "svc/create"),
        (13,),
        "arm64",
    )
    assert repository.write("svc/template.yaml") == {}


_TWO = """\
    Globals: {Function: {Runtime: python3.13, Handler: app.main}}
    Resources:
      AFunction: {Type: "AWS::Serverless::Function", Properties: {CodeUri: a}}
      BFunction: {Type: "AWS::Serverless::Function", Properties: {CodeUri: b}}
    """


def test_functions_that_share_requirements(tmp_path: Path) -> None:
    """Their requirements are merged, and one layer contains them."""
    repository = TemplateRepository(
        tmp_path,
        {
            "template.yaml": _TWO,
            "a/app.py": "",
            "a/requirements.txt": "requests>=2\n-e ../shared\n",
            "b/app.py": "",
            "b/requirements.txt": "requests==2.32.0\n",
            "shared/src/money/__init__.py": "",
        },
    )
    translation = repository.translate("template.yaml")

    assert repository.write("template.yaml") == {
        "3rdparty/python/requirements.txt": (
            "# Merged from:\n# a/requirements.txt\n# b/requirements.txt\nrequests==2.32.0\n"
        ),
        "3rdparty/python/BUILD": 'python_requirements(name="requirements")\n',
        "BUILD": 'lambda_layer(name="deps", requirements_of=["a:fn", "b:fn"])\n',
        "a/BUILD": (
            "python_sources()\n\n"
            "lambda_function(\n"
            '    name="fn",\n    handler="app.py:main",\n    layers=["//:deps"],\n)\n'
        ),
        "b/BUILD": (
            "python_sources()\n\n"
            "lambda_function(\n"
            '    name="fn",\n    handler="app.py:main",\n    layers=["//:deps"],\n)\n'
        ),
        "shared/src/money/BUILD": "python_sources()\n",
    }
    assert notes(translation.changes) == {
        "template.yaml": (
            "Several functions require requests. The layer //:deps contains their requirements.",
        ),
        "a/requirements.txt": ("shared is first-party code for Pants, and no requirement.",),
    }
    assert translation.settings is not None
    assert translation.settings.source_roots == ("a", "b", "shared/src")
    assert translation.settings.by_source_root
    assert repository.write("template.yaml") == {}


def test_layer_on_top_of_a_layer_of_the_template(tmp_path: Path) -> None:
    """The layer for shared requirements leaves out the contents of layers that all attach."""
    repository = TemplateRepository(
        tmp_path,
        {
            "svc/template.yaml": """\
                Globals: {Function: {Runtime: python3.13, Handler: app.main, Layers: [!Ref Common]}}
                Resources:
                  A: {Type: "AWS::Serverless::Function", Properties: {CodeUri: a}}
                  B: {Type: "AWS::Serverless::Function", Properties: {CodeUri: b}}
                  Common: {Type: "AWS::Serverless::LayerVersion", Properties: {ContentUri: common}}
                """,
            "svc/a/app.py": "",
            "svc/a/requirements.txt": "idna\n",
            "svc/b/app.py": "",
            "svc/b/requirements.txt": "idna\n",
            "svc/common/requirements.txt": "humanize\n",
        },
    )

    assert repository.write("svc/template.yaml")["svc/BUILD"] == dedent("""\
        lambda_layer(
            name="deps",
            requirements_of=["svc/a:fn", "svc/b:fn"],
            layers=["svc/common:layer"],
        )
        """)


def test_layer_that_no_function_attaches(tmp_path: Path) -> None:
    """Its requirements are in the default resolve."""
    repository = TemplateRepository(
        tmp_path,
        {
            "template.yaml": """\
                Resources:
                  Create:
                    Type: AWS::Serverless::Function
                    Properties: {CodeUri: a, Handler: app.main, Runtime: python3.13}
                  Common:
                    Type: AWS::Serverless::LayerVersion
                    Properties: {ContentUri: common/}
                """,
            "a/app.py": "",
            "a/requirements.txt": "idna\n",
            "common/requirements.txt": "humanize\n",
        },
    )

    assert repository.write("template.yaml")["3rdparty/python/requirements.txt"] == (
        "# Merged from:\n# common/requirements.txt\n# a/requirements.txt\nhumanize\nidna\n"
    )


def test_pins_that_exclude_each_other(tmp_path: Path) -> None:
    """The second file gets a resolve of its own, and the note shows both lines."""
    repository = TemplateRepository(
        tmp_path,
        {
            "template.yaml": _TWO,
            "a/app.py": "",
            "a/requirements.txt": "idna==3.6\n",
            "b/app.py": "",
            "b/requirements.txt": "idna==3.7\n",
        },
    )
    translation = repository.translate("template.yaml")
    written = repository.write("template.yaml")

    assert written["3rdparty/python/BUILD"] == (
        'python_requirements(name="requirements")\n\n'
        "python_requirements(\n"
        '    name="b",\n    source="b.requirements.txt",\n    resolve="b",\n)\n'
    )
    assert written["b/BUILD"] == (
        'python_sources(resolve="b")\n\n'
        'lambda_function(\n    name="fn",\n    handler="app.py:main",\n    resolve="b",\n)\n'
    )
    assert notes(translation.changes)["b/requirements.txt"] == (
        "`idna==3.7` in b/requirements.txt and `idna==3.6` in a/requirements.txt exclude each "
        "other, and a resolve has one version of idna. The resolve b is added for "
        "b/requirements.txt.",
    )
    assert repository.write("template.yaml") == {}


def test_existing_targets_are_kept(tmp_path: Path) -> None:
    """A function with the same handler, sources and requirements are not added again."""
    repository = TemplateRepository(
        tmp_path,
        {
            "template.yaml": _TWO,
            "a/app.py": "",
            "a/requirements.txt": "idna\n",
            "a/BUILD": """\
                # Ours
                python_sources(name="lib")
                python_requirements(name="reqs")
                lambda_function(name="api", handler="app.py:main", runtime="python3.13")
                """,
            "b/app.py": "",
        },
    )

    assert sorted(repository.write("template.yaml")) == ["b/BUILD"]


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ("{Runtime: nodejs22.x, CodeUri: a}", "Its runtime is nodejs22.x, and not Python."),
        ("{PackageType: Image}", "It is a container image, and not a zip."),
        (
            "{InlineCode: x, Handler: index.f}",
            "Its code is in the template. Move it into a file to package it.",
        ),
        ("{CodeUri: a.zip, Handler: app.main}", "Its code, a.zip, is built elsewhere."),
        (
            "{CodeUri: none, Handler: app.main}",
            "Its code, none, is not a folder with files in the repository.",
        ),
        (
            "{CodeUri: a, Handler: other.main}",
            "Its handler, other.main, is in no module in a. Perhaps a layer contains it.",
        ),
        (
            "{CodeUri: a, Handler: !ImportValue H}",
            "The template does not contain the value of `Handler` on line 1: it is "
            "`Fn::ImportValue`. Its handler is not known.",
        ),
    ],
)
def test_functions_that_are_skipped(tmp_path: Path, properties: str, reason: str) -> None:
    """The note says why, and nothing is written."""
    repository = TemplateRepository(
        tmp_path,
        {
            "template.yaml": f"Resources: {{F: {{Type: 'AWS::Serverless::Function', Properties: {properties}}}}}",
            "a/app.py": "",
        },
    )
    translation = repository.translate("template.yaml")

    assert translation.settings is None
    assert notes(translation.changes) == {
        "template.yaml": (f"F (line 1): {reason} It is skipped.",)
    }


def test_functions_with_different_pythons(tmp_path: Path) -> None:
    """Each version gets a resolve, because newer releases do not support older Pythons."""
    properties = "{{CodeUri: {0}/, Handler: app.main, Runtime: {1}}}"
    function = f"  {{0}}:\n    Type: AWS::Serverless::Function\n    Properties: {properties}\n"
    repository = TemplateRepository(
        tmp_path,
        {
            "template.yaml": "Resources:\n"
            + function.format("a", "python3.13")
            + function.format("b", "python3.9")
            + function.format("c", "python3.13"),
            **{f"{name}/app.py": "" for name in "abc"},
            **{f"{name}/requirements.txt": "idna\n" for name in "ab"},
        },
    )
    translation = repository.translate("template.yaml")
    written = repository.write("template.yaml")

    assert written["b/BUILD"] == dedent("""\
        python_sources(resolve="python39")

        lambda_function(
            name="fn",
            handler="app.py:main",
            runtime="python3.9",
            resolve="python39",
        )
        """)
    assert written["3rdparty/python/BUILD"] == dedent("""\
        python_requirements(name="requirements")

        python_requirements(
            name="python39",
            source="python39.requirements.txt",
            resolve="python39",
        )
        """)
    assert translation.settings is not None
    assert hash(translation.settings)
    assert translation.settings.pythons_of_resolves == {"python-default": (13,), "python39": (9,)}
    assert (
        "python.resolves_to_interpreter_constraints",
        "python39",
        ["CPython==3.9.*"],
        "",
    ) in translation.settings.edits(new=True)


def test_functions_in_one_folder(tmp_path: Path) -> None:
    """They are declared next to their handlers, and equal functions share a target."""
    repository = TemplateRepository(
        tmp_path,
        {
            "serverless.yml": """\
                service: shop
                provider: {name: aws, runtime: python3.12}
                functions:
                  createOrder: {handler: src/orders/api.create}
                  listOrders: {handler: src/orders/api.list_all, runtime: python3.13}
                  listAgain: {handler: src/orders/api.list_all, runtime: python3.13}
                """,
            "src/orders/api.py": "",
            "requirements.txt": "requests\n",
        },
    )
    written = repository.write("serverless.yml")

    assert written["src/orders/BUILD"] == dedent("""\
        python_sources()

        lambda_function(
            name="create-order",
            handler="api.py:create",
            runtime="python3.12",
        )

        lambda_function(
            name="list-orders",
            handler="api.py:list_all",
            runtime="python3.13",
        )
        """)
    assert written["BUILD"] == 'python_requirements(name="requirements")\n'


def test_assets_of_cdk(tmp_path: Path) -> None:
    """The source of an asset is the folder with the same modules."""
    repository = TemplateRepository(
        tmp_path,
        {
            "cdk.out/Shop.template.json": """\
                {"Resources": {"Orders1A2B": {"Type": "AWS::Lambda::Function",
                  "Properties": {"Code": {"S3Bucket": "b", "S3Key": "k"},
                    "Handler": "index.handler", "Runtime": "python3.13"},
                  "Metadata": {"aws:asset:path": "asset.1", "aws:asset:is-bundled": true}},
                 "Common": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": {}},
                  "Metadata": {"aws:asset:path": "asset.2"}},
                 "Other": {"Type": "AWS::Lambda::Function",
                  "Properties": {"Handler": "index.handler", "Runtime": "python3.13"},
                  "Metadata": {"aws:asset:path": "asset.3"}}}}
                """,
            "cdk.out/asset.1/index.py": "orders",
            "cdk.out/asset.1/models.py": "models",
            "cdk.out/asset.1/idna/__init__.py": "idna",
            "cdk.out/asset.2/python/acme/__init__.py": "acme",
            "cdk.out/asset.3/index.py": "aws",
            "lambda/orders/index.py": "orders",
            "lambda/orders/models.py": "models",
            "lambda/orders/requirements.txt": "idna",
            "lambda/copy/index.py": "orders",
            "lambda/copy/models.py": "changed",
            "layers/common/acme/__init__.py": "acme",
        },
    )
    translation = repository.translate("cdk.out/Shop.template.json")

    assert sorted(each.path for each in translation.changes if each.is_edit) == [
        "lambda/orders/BUILD",
        "layers/common/BUILD",
        "layers/common/acme/BUILD",
    ]
    assert notes(translation.changes) == {
        "cdk.out/Shop.template.json": (
            "Other (line 7): Its code, asset.3, is not a folder with files in the repository. It "
            "is skipped.",
        )
    }


def test_build_files_that_stay(tmp_path: Path) -> None:
    """Sources that a folder above owns get no target, and a BUILD file with an error is kept."""
    repository = TemplateRepository(
        tmp_path,
        {
            "template.yaml": _TWO,
            "a/app.py": "",
            "a/lib/prices.py": "",
            "a/BUILD": 'python_sources(sources=["**/*.py"])\n',
            "b/app.py": "",
            "b/BUILD": "python_sources(\n",
        },
    )
    translation = repository.translate("template.yaml")

    assert sorted(repository.write("template.yaml")) == ["a/BUILD"]
    assert notes(translation.changes) == {
        "b/BUILD": (
            "It is not valid Python, and is not changed. Add: python_sources()\n"
            ' lambda_function(name="fn", handler="app.py:main")\n',
        )
    }


def test_values_of_the_planned_targets(tmp_path: Path) -> None:
    """They are known before the targets exist, so one run also changes the template."""
    repository = TemplateRepository(
        tmp_path,
        {
            "template.yaml": _TWO,
            "a/app.py": "",
            "a/requirements.txt": "requests\n",
            "b/app.py": "",
            "b/requirements.txt": "requests\n",
        },
    )
    planned = repository.translate("template.yaml").planned

    deps = PackagedLayer("//:deps", "dist/deps.zip")
    assert planned.functions["template.yaml", "AFunction"] == PackagedFunction(
        address="a:fn",
        output="dist/a/fn.zip",
        handler="lambda_function.handler",
        runtime="python3.13",
        architecture="x86_64",
        module="",
        function="main",
        file="a/app.py",
        layers=(deps,),
    )
    template = "Resources: {F: {Type: 'AWS::Lambda::Function', Properties: {Code: dist/a/fn.zip}}}"
    assert TemplateRepository(tmp_path, {"t.yaml": template}).translate("t.yaml") == Translation(
        (), None, PlannedTargets()
    )
