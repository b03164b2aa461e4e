"""Finds wheels, and reads their modules and native code."""
