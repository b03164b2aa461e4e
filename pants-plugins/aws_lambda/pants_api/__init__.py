"""What Pants moved, renamed or changed between its versions, under one name each.

Rules are called as functions: `await find_whole(request, **implicitly())`.
"""

from aws_lambda.pants_api.versions import SINCE_2_28

if SINCE_2_28:
    from aws_lambda.pants_api.by_name import *  # noqa: F403
else:
    from aws_lambda.pants_api.by_get import *  # noqa: F403
