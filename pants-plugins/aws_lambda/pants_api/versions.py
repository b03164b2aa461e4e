"""Which changes this Pants has, by the version of Pants that made them.

mypy is told the same, and so reads each branch with the sources of a Pants that takes it
(`build-support/pants_versions`; `pyproject.toml` for the Pants of this repository).
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
