"""The last step: Pants' native client, which finds or starts the daemon, and its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NoReturn

from bootstrap.pex_tool import ensure_pex_tool
from bootstrap.places import Place

# In this order: what Python's ssl module reads, then requests, then pip.
CA_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT")

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


def client_environment(users: Mapping[str, str], pants: Place, pex: Place | None) -> dict[str, str]:
    """The user's environment and what Pants needs besides; what the user set stays as it is."""
    ours = {"NO_SCIE_WARNING": "1"}
    if pex is not None:
        ours.update(ensure_pex_tool(pants, pex))
    bundle = next((users[name] for name in CA_BUNDLES if users.get(name)), None)
    if bundle and os.path.isfile(bundle):
        ours["PANTS_CA_CERTS_PATH"] = bundle
    # Pants and PEX read no pip.conf and no PIP_*: what pip got, they must be told.
    if users.get("PIP_INDEX_URL"):
        ours["PANTS_PYTHON_REPOS_INDEXES"] = repr([users["PIP_INDEX_URL"]])
    proxies = [name for name in PROXIES if users.get(name)]
    if proxies:
        ours["PANTS_SUBPROCESS_ENVIRONMENT_ENV_VARS"] = f"+{proxies!r}"
    return {**ours, **users, "_PANTS_SERVER_EXE": str(pants.folder / "bin" / "pants")}


def start(pants: Place, environment: Mapping[str, str], arguments: list[str]) -> NoReturn:
    command = command_of(pants, environment)
    os.execve(command, [command, *arguments], environment)


def command_of(pants: Place, environment: Mapping[str, str]) -> str:
    """The program to start: the native client, or where the user forbids it what it would start."""
    if environment.get("PANTS_NO_NATIVE_CLIENT"):
        return environment["_PANTS_SERVER_EXE"]
    return native_client(pants)


def native_client(pants: Place) -> str:
    return str(pants.folder / "lib/python3.9/site-packages/pants/bin/native_client")
