"""Lambda's runtimes, and the wheels that they accept."""
