"""Which file an artifact has, whose it is, and where."""
