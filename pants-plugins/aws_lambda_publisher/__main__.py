"""Entry point of `python3 -m aws_lambda_publisher`."""

from aws_lambda_publisher.command import main

main()
