import jsonschema
from jsonschema import Draft202012Validator


def handler(event, context):
    return str(
        (
            jsonschema.validate({}, {"type": "object"}),
            Draft202012Validator({}).is_valid(1),
        )
    )
