"""Prints the seconds that the import of a module takes.

python3.13 -B -S -I handler_import.py MODULE EXPECTED,… FOLDER…

The folders are first in `sys.path`. The modules EXPECTED must be imported from them.
"""

import importlib
import sys
import time

module, expected, folders = sys.argv[1], sys.argv[2].split(","), sys.argv[3:]
sys.path[:0] = folders

begin = time.perf_counter()
importlib.import_module(module)
seconds = time.perf_counter() - begin

for name in expected:
    if not str(sys.modules[name].__file__).startswith(tuple(folders)):
        sys.exit(f"{name} was not imported from the artifact")
print(seconds)
