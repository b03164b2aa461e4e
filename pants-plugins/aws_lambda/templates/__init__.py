"""Reads the functions that deployment templates declare."""
