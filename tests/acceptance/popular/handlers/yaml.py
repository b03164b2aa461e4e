import yaml


def handler(event, context):
    return str(
        (
            yaml.safe_load(yaml.safe_dump({"a": [1]})),
            yaml.CSafeLoader.__name__,
        )
    )
