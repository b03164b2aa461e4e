"""Wheels and lockfiles."""
