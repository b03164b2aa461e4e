"""What the arithmetic functions have in common."""
