"""Runtimes, and what they accept."""
