"""Packages Python for AWS Lambda: the targets `lambda_function` and `lambda_layer`."""
