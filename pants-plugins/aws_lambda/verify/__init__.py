"""Looks for everything that would fail in Lambda."""
