"""The files of two repositories that AWS SAM deploys, for tests of their migration."""

from __future__ import annotations

from textwrap import dedent

# Nine services, with their functions.
SERVICES = {
    "billing": ("charge", "invoice"),
    "carts": ("add", "remove", "show"),
    "catalog": ("index", "search"),
    "mail": ("bounce", "send"),
    "orders": ("cancel", "create", "list"),
    "payments": ("capture", "refund"),
    "reports": ("daily", "export"),
    "shipping": ("label", "track"),
    "users": ("delete", "login", "signup"),
}
assert len(SERVICES) == 9
assert sum(map(len, SERVICES.values())) == 21

_REQUIREMENTS = {
    "orders/create": "attrs>=23\nidna==3.7\n",
    "orders/list": "attrs\n",
    "reports/export": "# an old client\nidna==3.6\n",
    "users/login": "idna\n",
}
_DATA = {
    "orders/create/schema.json": '{"title": "order"}\n',
    "mail/send/templates/welcome.txt": "Welcome\n",
    "mail/send/README.md": "# Mail\n",
}


def sam_platform() -> dict[str, str]:
    """Nine templates with 21 functions, all with `app.py` and `models.py`, and a shared layer."""
    files = {
        "layers/common/acme_common/__init__.py": "",
        "layers/common/acme_common/money.py": dedent("""\
            from humanize import intcomma


            def price(cents):
                return f"EUR {intcomma(cents / 100)}"
            """),
        "layers/common/requirements.txt": "humanize==4.9.0\n",
    }
    for service, functions in SERVICES.items():
        files[f"services/{service}/template.yaml"] = _template(service, functions)
        for function in functions:
            folder = f"services/{service}/functions/{function}"
            requirements = _REQUIREMENTS.get(f"{service}/{function}", "")
            files[f"{folder}/app.py"] = _app(service, function, requirements)
            files[f"{folder}/models.py"] = f'NAME = "{service}-{function}"\n'
            if requirements:
                files[f"{folder}/requirements.txt"] = requirements
    for path, text in _DATA.items():
        service, function, file = path.split("/", 2)
        files[f"services/{service}/functions/{function}/{file}"] = text
    return files


def _app(service: str, function: str, requirements: str) -> str:
    imported = [name for name in ("attrs", "idna") if name in requirements]
    lines = [f"import {name}" for name in imported]
    lines += ["import os", "", "from acme_common.money import price", "from models import NAME", ""]
    reads = {
        "orders/create": 'open(os.path.join(os.path.dirname(__file__), "schema.json")).read()',
        "mail/send": 'open("templates/welcome.txt").read()',
    }.get(f"{service}/{function}", "os.environ['STAGE']")
    version = "idna.__version__" if "idna" in imported else "None"
    lines += [
        "",
        "def lambda_handler(event, context):",
        f'    return [NAME, price(event["cents"]), {reads}, {version}]',
    ]
    return "\n".join(lines) + "\n"


_SHARED = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage:
    Type: String
    Default: dev
Globals:
  Function:
    Runtime: python3.13
    Handler: app.lambda_handler
    Timeout: 10
    Layers:
      - !Ref Common
    Environment:
      Variables:
        STAGE: !Ref Stage
        TABLE: !Ref Table
Resources:
  Table:
    Type: AWS::Serverless::SimpleTable
  Common:
    Type: AWS::Serverless::LayerVersion
    Metadata:
      BuildMethod: python3.13
    Properties:
      ContentUri: ../../layers/common/
      CompatibleRuntimes:
        - python3.13
"""
_FUNCTION = """\
  {id}Function:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/{name}/
"""
_PAGE = """\
      Runtime: nodejs22.x
      Handler: index.handler
"""


def _template(service: str, functions: tuple[str, ...]) -> str:
    declared = [_FUNCTION.format(id=each.capitalize(), name=each) for each in functions]
    page = _FUNCTION.format(id="Page", name="page") + _PAGE
    return "".join([_SHARED, *declared, *([page] if service == "catalog" else [])])


def services_with_equal_modules() -> dict[str, str]:
    """One folder per service with its template, modules of equal names, and a shared project."""
    files = {
        "libs/money/src/money/__init__.py": "CURRENCY = 'EUR'\n",
        "libs/money/pyproject.toml": '[project]\nname = "money"\nversion = "1"\n',
    }
    for service in ("accounts", "billing", "stock"):
        files[f"{service}/template.yaml"] = dedent(f"""\
            Transform: AWS::Serverless-2016-10-31
            Resources:
              {service.capitalize()}Function:
                Type: AWS::Serverless::Function
                Properties:
                  CodeUri: .
                  Handler: src.api.handler
                  Runtime: python3.13
                  Architectures: [arm64]
            """)
        files[f"{service}/requirements.txt"] = "-e ../libs/money\nhumanize\n"
        files[f"{service}/src/__init__.py"] = ""
        files[f"{service}/src/models.py"] = f'NAME = "{service}"\n'
        files[f"{service}/src/api.py"] = dedent("""\
            import humanize
            import money

            from src.models import NAME


            def handler(event, context):
                return f"{NAME} {humanize.intcomma(event['price'])} {money.CURRENCY}"
            """)
    return files
