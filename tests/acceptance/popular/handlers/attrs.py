import attr
from attrs import define, field, validators


@define
class Order:
    count: int = field(validator=validators.instance_of(int))


def handler(event, context):
    return str((attr.asdict(Order(2)),))
