"""Flags for the version of Pants that is running: whether it is at least the one in the name.

mypy gets the value of each flag for a version, and checks the branch that this version takes:
`build-support/pants_versions` does so for every version, and `pyproject.toml` for the Pants of this
repository.
"""

from pants.version import PANTS_SEMVER

_MINOR = PANTS_SEMVER.release[:2]

SINCE_2_18 = _MINOR >= (2, 18)
SINCE_2_19 = _MINOR >= (2, 19)
SINCE_2_20 = _MINOR >= (2, 20)
SINCE_2_23 = _MINOR >= (2, 23)
SINCE_2_26 = _MINOR >= (2, 26)
SINCE_2_28 = _MINOR >= (2, 28)
SINCE_2_29 = _MINOR >= (2, 29)
SINCE_2_30 = _MINOR >= (2, 30)
SINCE_2_31 = _MINOR >= (2, 31)
SINCE_2_32 = _MINOR >= (2, 32)
