"""Functions and their layers."""
