"""`python3 -m aws_lambda_emulator run ARTIFACT --event EVENT`."""

from aws_lambda_emulator.command import main

main()
