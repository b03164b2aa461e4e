"""The worked examples of docs/migrating, translated as `lambda-migrate` does."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from aws_lambda.testing.template_repository import TemplateRepository, new_pants_toml, notes

MIGRATING = Path("docs/migrating")
_MARKED = re.compile(r"^<!-- ([^\n]+) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PANTS_TOML = '[GLOBAL]\nbackend_packages = ["aws_lambda", "pants.backend.python"]\n'


def marked(page: str) -> dict[str, str]:
    """The text of each marked snippet of a page, by its mark."""
    text = (MIGRATING / page).read_text(encoding="utf-8")
    return dict(_MARKED.findall(text))


def listed_files(text: str) -> dict[str, str]:
    """The files of a listing: a path, and the text of the file if it matters."""
    rows = (re.split(r"  +", line, maxsplit=1) for line in text.splitlines())
    return {row[0]: f"{row[1]}\n" if len(row) > 1 else "" for row in rows}


def assert_migrated(
    page: str, template: str, folder: Path, more: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Assert that the snippets of a page are what its template is translated to.

    `more` are files that the page does not show.
    """
    texts = marked(page)
    files = {**listed_files(texts["files of the example"]), **more}
    files.update(
        {mark[len("writes ") :]: text for mark, text in texts.items() if mark.startswith("writes ")}
    )
    repository = TemplateRepository(folder, files)
    translation = repository.translate(template)
    written = repository.write(template)
    expected = {
        mark[len("migrated to ") :]: text
        for mark, text in texts.items()
        if mark.startswith("migrated to ")
    }

    assert expected
    assert {path: written.get(path) for path in expected} == expected
    toml = new_pants_toml(translation, folder, PANTS_TOML)
    assert toml == f"{PANTS_TOML}\n{texts['adds to pants.toml']}"
    printed = " ".join(notes(translation.changes).get(template, ()))
    assert printed == " ".join(texts.get(f"notes on {template}", "").split())


def test_example_of_sam(tmp_path: Path) -> None:
    """Two functions with modules of equal names, a layer, and merged requirements."""
    assert_migrated("sam.md", "template.yaml", tmp_path)


def test_example_of_serverless(tmp_path: Path) -> None:
    """Variables, defaults of the provider, and the layer of serverless-python-requirements."""
    assert_migrated("serverless.md", "serverless.yml", tmp_path)


def test_example_of_cdk(tmp_path: Path) -> None:
    """The template is what `cdk synth` writes for the page's constructs, shortened."""
    asset = {"aws:asset:is-bundled": True, "aws:asset:property": "Code"}
    resources = {
        "CommonA1": {
            "Type": "AWS::Lambda::LayerVersion",
            "Properties": {"Content": {"S3Bucket": "b", "S3Key": "1"}},
            "Metadata": {**asset, "aws:asset:path": "asset.1"},
        },
        "OrdersB2": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Architectures": ["arm64"],
                "Code": {"S3Bucket": "b", "S3Key": "2"},
                "Environment": {"Variables": {"STAGE": "dev"}},
                "Handler": "app.main",
                "Layers": [{"Ref": "CommonA1"}],
                "Runtime": "python3.13",
            },
            "Metadata": {**asset, "aws:asset:path": "asset.2"},
        },
    }
    copies = {
        "cdk.out/asset.1/python/acme_common/__init__.py": 'NAME = "acme"\n',
        "cdk.out/asset.1/python/humanize/__init__.py": "",
        "cdk.out/asset.2/app.py": "import acme_common\n",
        "cdk.out/asset.2/idna/__init__.py": "",
        "cdk.out/Shop.template.json": json.dumps({"Resources": resources}),
    }
    assert_migrated("cdk.md", "cdk.out/Shop.template.json", tmp_path, copies)
