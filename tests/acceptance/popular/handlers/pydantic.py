from pydantic import BaseModel, Field, ValidationError, field_validator


class Order(BaseModel):
    count: int = Field(gt=0)

    @field_validator("count")
    @classmethod
    def at_most_ten(cls, count: int) -> int:
        return min(count, 10)


def handler(event, context):
    return str(
        (
            Order.model_validate_json('{"count": 20}').model_dump(),
            ValidationError.__name__,
        )
    )
