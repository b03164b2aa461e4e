"""Plug-ins that a function may load and does not contain (L027)."""

from __future__ import annotations

from aws_lambda.testing.app_files import HANDLER_FIELD, HANDLER_SOURCE, function_files
from aws_lambda.testing.repository import TrialRepository

# As SQLAlchemy, fsspec, xarray and keyring find theirs.
HOST = {
    "host/__init__.py": "from host.registry import load\n",
    "host/registry.py": "from importlib.metadata import entry_points\n\n\n"
    'def load(name):\n    return entry_points(group="host.dialects", name=name)\n',
}
PLUGIN = {
    "plugin.py": "import host\n",
    "plugin-2.0.dist-info/entry_points.txt": "[host.dialects]\nplugin = plugin:Dialect\n",
}


def test_plugin_with_an_entry_point(repository: TrialRepository) -> None:
    """A locked project with entry points that included code loads is reported with an entry to
    paste. With the entry, the function contains the plug-in.
    """
    repository.add_wheel("host==1.0", HOST)
    repository.add_wheel("plugin==2.0", PLUGIN, requires="host")
    repository.lock("host==1.0", "plugin==2.0")
    repository.write(function_files(HANDLER_FIELD, handler=f"import host\n{HANDLER_SOURCE}"))

    assert repository.package("fn", "src/app").findings == [
        "L027 info: plugin 2.0 is in the lockfile but not in the function, and its entry points "
        "(`host.dialects`: plugin) are plugins that host 1.0 loads by name. To fix, add "
        '"3rdparty/default:plugin" to `dependencies` if the function uses it. (pants lambda-explain -- L027)'
    ]

    repository.write(
        function_files(
            f'{HANDLER_FIELD}, dependencies=["3rdparty/default:plugin"]',
            handler=f"import host\n{HANDLER_SOURCE}",
        )
    )
    built = repository.package("fn", "src/app")
    assert built.findings == []
    assert "plugin.py" in built.code


def test_driver_named_in_a_url(repository: TrialRepository) -> None:
    """A locked module that first-party code names, and that included code imports on demand, is
    reported. An optional import that no code names is not.
    """
    dialects = {
        "host/__init__.py": "",
        "host/dialects.py": "def connect():\n    import driver\n    import other\n",
    }
    repository.add_wheel("host==1.0", dialects)
    repository.add_wheel("driver==3.0", {"driver.py": ""})
    repository.add_wheel("other==1.0", {"other.py": ""})
    repository.lock("host==1.0", "driver==3.0", "other==1.0")
    code = 'import host\n\nURL = "mysql+driver://db/orders"\nNOTE = "see other"\n'
    repository.write(function_files(HANDLER_FIELD, handler=f"{code}{HANDLER_SOURCE}"))

    assert repository.package("fn", "src/app").findings == [
        "L027 info: src/app/api.py:3 names `driver`, which host 1.0 imports on demand, and "
        'driver 3.0 with this module is in the lockfile but not in the function. To fix, add "3rdparty/default:driver" to '
        "`dependencies` if the function uses it. (pants lambda-explain -- L027)"
    ]
