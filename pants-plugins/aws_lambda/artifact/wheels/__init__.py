"""Wheels, lockfiles, and the files that installing wheels creates."""
