"""What Lambda does around a handler, without Docker: mounts, environment, Runtime API.

Standard library only, CPython 3.9 or newer, and usable by itself: `python3 -m aws_lambda.emulator`.
Pants ships this folder into sandboxes under another name, so its imports are relative.
"""
