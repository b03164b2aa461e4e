"""Runs the programs in `sandbox/` and finds Python interpreters."""
