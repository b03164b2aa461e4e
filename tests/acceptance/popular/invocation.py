"""Invokes the function in a folder with only the standard library of this Python.

python3.13 -S -s -E invocation.py FOLDER < EVENT
"""

import importlib
import json
import sys

# Replaces the folder of this program: the artifact is first on the import path, as in Lambda.
sys.path[0] = sys.argv[1]

handler = importlib.import_module("lambda_function").handler

print(handler(json.load(sys.stdin), None))
