"""Checks artifacts for everything that would fail in Lambda."""
