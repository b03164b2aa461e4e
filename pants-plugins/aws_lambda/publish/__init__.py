"""Publishes packaged functions and layers to AWS with the goal `publish`."""
