"""Tells how long a text takes to read."""
