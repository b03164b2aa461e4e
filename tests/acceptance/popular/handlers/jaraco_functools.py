from jaraco.functools import compose, once


@once
def settings():
    return {"count": 2}


def handler(event, context):
    return str((settings() is settings(), compose(str, len)("orders")))
