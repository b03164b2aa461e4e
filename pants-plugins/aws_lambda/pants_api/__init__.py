"""One name for everything that Pants moved, renamed or changed between its versions.

The backend calls rules as functions: `await resolve_target(request, **implicitly())`. The modules
`collection_hashes`, `command_name`, `daemon_memory` and `rule_wrapping` are imported by themselves.
"""

from aws_lambda.pants_api.versions import SINCE_2_28

if SINCE_2_28:
    from aws_lambda.pants_api.by_name import *  # noqa: F403
else:
    from aws_lambda.pants_api.by_get import *  # noqa: F403
