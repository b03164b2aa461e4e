"""What Pants moved, renamed or changed between its versions, under one name each.

Rules are called as functions: `await find_whole(request, **implicitly())`.
"""

from aws_lambda.pants_api.by_get import *  # noqa: F403
