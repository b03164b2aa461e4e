"""Modules, and what reaches them."""
