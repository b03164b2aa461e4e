"""`python3 -m aws_lambda.emulator ARTIFACT --event EVENT`."""

from .command import main

main()
