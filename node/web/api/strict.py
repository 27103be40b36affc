"""What every body sent to the API has in common: strict, and a refusal that teaches its fields."""

from __future__ import annotations

from typing import Self

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError


class Strict(BaseModel):
    """No field is guessed at and none is passed over; a refusal lists the fields there are."""

    model_config = ConfigDict(strict=True, extra="forbid")

    @model_validator(mode="wrap")
    @classmethod
    def _name_known(cls, value: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(value)
        except ValidationError as error:
            known = ", ".join(cls.model_fields)
            raise ValidationError.from_exception_data(
                error.title, [_with_known(fault, known) for fault in error.errors()]
            ) from None


def _with_known(fault: ErrorDetails, known: str) -> InitErrorDetails:
    """A fault as it is, but for a field that is not among those `known`, and for no object at all:
    those of the model itself, as what lies within it has said its own already."""
    kind, message, place = fault["type"], fault["msg"], fault["loc"]
    if kind == "extra_forbidden" and len(place) == 1:
        kind, message = "unknown_field", f"нет такого поля; есть: {known}"
    elif kind in ("model_type", "model_attributes_type") and not place:
        kind, message = "no_object", f"нужен объект с полями: {known}"
    # The context goes along: the words of `problems.MESSAGES` are filled from it.
    told = PydanticCustomError(kind, message, fault.get("ctx"))
    return InitErrorDetails(type=told, loc=place, input=fault["input"])
