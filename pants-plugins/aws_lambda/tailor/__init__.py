"""Proposes targets for handlers that have none, as a part of the goal `tailor`."""
