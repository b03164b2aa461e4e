"""`python3 -m aws_lambda.emulator run ARTIFACT --event EVENT`."""

from .command import main

main()
