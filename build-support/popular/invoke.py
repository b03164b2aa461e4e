"""Invokes the function in a folder with nothing but this Python's standard library behind it.

python3.13 -S -s -E invoke.py FOLDER < EVENT
"""

import importlib
import json
import sys

# In place of this program's own folder: the artifact comes first, as in Lambda.
sys.path[0] = sys.argv[1]

handler = importlib.import_module("lambda_function").handler

print(handler(json.load(sys.stdin), None))
