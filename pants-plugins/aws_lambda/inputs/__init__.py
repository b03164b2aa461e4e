"""Finds the inputs of a target: dependencies, handler, platform and layers."""
