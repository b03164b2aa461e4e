"""Conflicts between a function and its layers."""
