"""Reads the rules of the backend with the sources of a release of Pants, without its engine.

    python -m pants_versions.rule_collection PANTS BACKEND LIBRARIES

The arguments are three folders to import from: the sources of Pants, `pants-plugins`, and libraries
that both need. Prints the number of rules that the release knows then.
"""

from __future__ import annotations

import sys
from importlib import import_module

from pants_versions.engine_stub import StubFinder

if __name__ == "__main__":
    pants, backend, libraries = sys.argv[1:]
    sys.path[:0] = [pants, backend]
    sys.path.append(libraries)
    sys.meta_path.append(StubFinder(pants))
    register = import_module("aws_lambda.register")
    rules = {*map(id, register.rules())}
    targets = register.target_types()
    print(f"The release reads {len(rules)} rules and {len(targets)} targets.")
