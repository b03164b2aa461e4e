"""What a target names: its closure, its platform, its layers."""
