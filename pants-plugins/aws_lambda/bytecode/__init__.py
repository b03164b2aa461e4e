"""Compiles the modules that a handler reaches."""
