"""Translates repositories that use other tools to this backend."""
