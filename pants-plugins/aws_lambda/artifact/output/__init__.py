"""Artifacts, their metadata and their bills of materials, as they are written."""
