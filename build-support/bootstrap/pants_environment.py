"""The environment variables that Pants runs with."""

from __future__ import annotations

import os
from collections.abc import Mapping

from bootstrap.installation import Installation
from bootstrap.pex_tool import pex_tool_variables

# In order of precedence: the variables of Python's ssl module, of requests and of pip.
CA_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT")

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")

# PEX runs pip with --isolated, but pip still reads the configuration file of the machine. A
# constraint in that file makes pip 23.1.2 fail for every wheel (November 2026).
NO_PIP_CONF = f"PIP_CONFIG_FILE={os.devnull}"


def pants_environment(
    users: Mapping[str, str], pants: Installation, pex: Installation | None
) -> dict[str, str]:
    """The user's environment and the variables that Pants needs, with those of the pex tool if any.

    Values of the user take precedence.
    """
    proxies = [name for name in PROXIES if users.get(name)]
    ours = {
        "NO_SCIE_WARNING": "1",
        # The name of the command in messages.
        "PANTS_BIN_NAME": "./pants",
        "PANTS_SUBPROCESS_ENVIRONMENT_ENV_VARS": f"+{[NO_PIP_CONF, *proxies]!r}",
    }
    if pex is not None:
        ours.update(pex_tool_variables(pex))
    bundle = ca_bundle(users)
    if bundle:
        ours["PANTS_CA_CERTS_PATH"] = bundle
    # Pants and PEX read neither pip.conf nor PIP_*, so they need the index of pip as an option.
    if users.get("PIP_INDEX_URL"):
        ours["PANTS_PYTHON_REPOS_INDEXES"] = repr([users["PIP_INDEX_URL"]])
    return {**ours, **users, "_PANTS_SERVER_EXE": str(pants.folder / "bin" / "pants")}


def ca_bundle(users: Mapping[str, str]) -> str | None:
    """The path of the user's CA bundle, if the file exists."""
    bundle = next((users[name] for name in CA_BUNDLES if users.get(name)), None)
    return bundle if bundle and os.path.isfile(bundle) else None
