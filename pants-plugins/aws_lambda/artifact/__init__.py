"""What a Lambda artifact is. Nothing here imports Pants, and nothing reads or writes a file."""
