"""Emulates AWS Lambda around a packaged function, without Docker: files, environment, Runtime API.

Standard library only, CPython 3.9 or newer. Pants ships this package into sandboxes. You can also
use it without Pants: `python3 -m aws_lambda_emulator`.
"""
