"""Checks of artifacts, one module for each family."""
