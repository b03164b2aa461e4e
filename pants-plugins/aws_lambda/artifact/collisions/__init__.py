"""Several owners of one path."""
