from marshmallow import Schema, ValidationError, fields, validate


class Order(Schema):
    count = fields.Int(validate=validate.Range(min=1))


def handler(event, context):
    return str(
        (
            Order().load({"count": 2}),
            ValidationError("a").messages,
        )
    )
