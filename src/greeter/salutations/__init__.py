"""Salutations by language."""
