"""Reads the backend's rules with a release of Pants that has no engine.

    python -m pants_versions.collect PANTS BACKEND LIBRARIES

Three folders to import from: Pants' own sources, `pants-plugins`, and what both need besides.
Prints how many rules the release knows then.
"""

from __future__ import annotations

import sys
from importlib import import_module

from pants_versions.engine import Stubs

if __name__ == "__main__":
    pants, backend, libraries = sys.argv[1:]
    sys.path[:0] = [pants, backend]
    sys.path.append(libraries)
    sys.meta_path.append(Stubs(pants))
    register = import_module("aws_lambda.register")
    rules = {*map(id, register.rules())}
    print(f"It reads {len(rules)} rules and {len(register.target_types())} targets.")
