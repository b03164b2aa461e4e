"""Code that only type checkers need is left out of functions and layers."""

from __future__ import annotations

import pytest

from aws_lambda.made_repository import MadeRepository

HANDLER = "def handler(event, context):\n    return event\n"
FUNCTION = 'lambda_function(name="fn", handler="api.py:handler")\n'


@pytest.fixture
def typed(repository: MadeRepository) -> MadeRepository:
    """A repository with `sdk`, its stubs and what these require, and a lockfile of them."""
    repository.add_wheel("sdk==1.0", {"sdk/__init__.py": ""})
    repository.add_wheel("sdk_stubs==1.1", {"sdk-stubs/__init__.pyi": ""}, requires="types-deep")
    repository.add_wheel("types_deep==2.0", {"deep-stubs/__init__.pyi": ""})
    repository.add_wheel("annotations_s3==3.0", {"annotations_s3/__init__.py": ""})
    repository.lock("sdk==1.0", "sdk-stubs==1.1", "annotations-s3==3.0")
    return repository


def test_stubs_and_imports_for_type_checkers_are_left_out(typed: MadeRepository) -> None:
    """Stubs, imports under TYPE_CHECKING, and all that only these need, are not carried."""
    typed.write(
        {
            "src/app/api.py": "from typing import TYPE_CHECKING\n\nimport sdk\n"
            "if TYPE_CHECKING:\n    from annotations_s3 import Client\n    from app import models\n"
            + HANDLER,
            "src/app/models.py": "from app import deeper",
            "src/app/deeper.py": "",
            "src/app/BUILD": f"python_sources()\n{FUNCTION}",
        }
    )

    built = typed.package("fn", "src/app")

    assert built.code == ["app/api.py", "lambda_function.py", "sdk/__init__.py"]
    assert built.metadata["typing_only"] == {
        "distributions": [
            {"name": "annotations-s3", "version": "3.0"},
            {"name": "sdk-stubs", "version": "1.1"},
            {"name": "types-deep", "version": "2.0"},
        ],
        "targets": [
            "3rdparty/default:annotations-s3",
            "3rdparty/default:sdk-stubs",
            "src/app/deeper.py",
            "src/app/models.py",
        ],
    }
