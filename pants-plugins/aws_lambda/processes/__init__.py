"""Runs programs of `sandbox/` and finds Pythons."""
