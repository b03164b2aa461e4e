"""Findings about an artifact."""
