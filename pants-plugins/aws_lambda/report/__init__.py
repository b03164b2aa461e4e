"""Describes packaged artifacts with the goal `lambda-report`."""
