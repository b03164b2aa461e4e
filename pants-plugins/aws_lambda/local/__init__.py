"""Runs packaged functions on this machine."""
