"""Collisions: several owners have different files for one path."""
