"""The event that the arithmetic functions accept."""

from pydantic import BaseModel, Field


class Operands(BaseModel):
    numbers: list[float] = Field(min_length=1)
