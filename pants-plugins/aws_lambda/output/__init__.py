"""Writes zips, metadata and bills of materials."""
