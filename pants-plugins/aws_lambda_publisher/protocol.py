"""Values that the publisher shares with the programs that start it.

The Pants backend `aws_lambda` imports this module and no other module of the publisher.
"""

from __future__ import annotations

# Version of the request file and of the result files.
SCHEMA_VERSION = 1

# Exit codes of the program, and of each target in its result file.
EXIT_DONE = 0
EXIT_FAILED = 1  # An error, or with `--check` a difference.
EXIT_CHANGES_PENDING = 2  # Only with `--dry-run`.

# Values of `status` in a result file.
STATUS_UNCHANGED = "unchanged"  # AWS was in the wanted state.
STATUS_PLANNED = "planned"  # `--dry-run` found changes.
STATUS_DRIFTED = "drifted"  # `--check` found differences.
STATUS_PUBLISHED = "published"
STATUS_FAILED = "failed"

# Targets that are published at the same time unless the request says otherwise.
DEFAULT_MAX_PARALLEL = 8
