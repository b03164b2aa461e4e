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

# PEX runs pip with --isolated, which still heeds a configuration of the whole machine: a constraint
# there makes pip 23.1.2 fail at any wheel (November 2026).
NO_PIP_CONF = f"PIP_CONFIG_FILE={os.devnull}"


def client_environment(users: Mapping[str, str], pants: Place, pex: Place | None) -> dict[str, str]:
    """The user's environment and what Pants needs besides; what the user set stays as it is."""
    proxies = [name for name in PROXIES if users.get(name)]
    ours = {
        "NO_SCIE_WARNING": "1",
        "PANTS_SUBPROCESS_ENVIRONMENT_ENV_VARS": f"+{[NO_PIP_CONF, *proxies]!r}",
    }
    if pex is not None:
        ours.update(ensure_pex_tool(pants, pex))
    bundle = next((users[name] for name in CA_BUNDLES if users.get(name)), None)
    if bundle and os.path.isfile(bundle):
        ours["PANTS_CA_CERTS_PATH"] = bundle
    # Pants and PEX read no pip.conf and no PIP_*: what pip got, they must be told.
    if users.get("PIP_INDEX_URL"):
        ours["PANTS_PYTHON_REPOS_INDEXES"] = repr([users["PIP_INDEX_URL"]])
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
