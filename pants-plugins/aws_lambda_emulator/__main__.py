"""Entry point of `python3 -m aws_lambda_emulator`."""

from aws_lambda_emulator.command import main

main()
