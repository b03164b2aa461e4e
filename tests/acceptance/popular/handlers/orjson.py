import orjson


def handler(event, context):
    return str((orjson.loads(orjson.dumps({"a": [1]}, option=orjson.OPT_SORT_KEYS)),))
