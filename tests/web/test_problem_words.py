"""What pydantic finds wrong is told in Russian, with the numbers of the case."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError

from node.web.problems import MESSAGES, in_words


class Change(StrEnum):
    ADDED = "added"
    REMOVED = "removed"


class Body(BaseModel, extra="forbid"):
    title: str


CASES: list[tuple[Any, Any, str]] = [
    (Body, {}, "обязательное поле"),
    (Body, {"title": "x", "titel": 1}, "неизвестное поле"),
    (Body, 3, "должен быть объект"),
    (dict[str, int], 3, "должен быть объект"),
    (str, 3, "должна быть строка"),
    (Annotated[str, Field(min_length=3)], "", "от 3 знаков"),
    (Annotated[str, Field(max_length=3)], "xxxx", "до 3 знаков"),
    (Annotated[str, Field(pattern="^a$")], "b", "не того вида"),
    (float, "x", "должно быть число"),
    (Annotated[float, Field(allow_inf_nan=False)], float("inf"), "конечное число"),
    (int, "x", "целое число"),
    (int, 1.5, "без дробной части"),
    (Annotated[int, Field(ge=2, le=5)], 1, "не меньше 2"),
    (Annotated[int, Field(ge=2, le=5)], 6, "не больше 5"),
    (Annotated[int, Field(gt=2)], 2, "больше 2"),
    (Annotated[int, Field(lt=5)], 5, "меньше 5"),
    (bool, [], "true или false"),
    (bool, "x", "true или false"),
    (list[int], 1, "должен быть список"),
    (Annotated[list[int], Field(min_length=2)], [1], "от 2"),
    (Annotated[list[int], Field(max_length=1)], [1, 2], "до 1"),
    (date, "x", "ГГГГ-ММ-ДД"),
    (date, [], "ГГГГ-ММ-ДД"),
    (datetime, "x", "как 2026-11-21T09:00:00Z"),
    (AwareDatetime, "2026-11-21T09:00:00", "часовой пояс"),
    (Change, "lost", "'added'"),
    (Literal["a", "b"], "c", "'a' or 'b'"),
]


@pytest.mark.parametrize(("kind", "value", "words"), CASES)
def test_a_fault_is_told_in_russian(kind: Any, value: Any, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)
    [fault] = refused.value.errors()
    assert fault["type"] in MESSAGES
    assert words in in_words(fault)


def test_what_there_are_no_words_for_is_told_as_it_is() -> None:
    assert in_words({"type": "unheard_of", "msg": "Odd {braces}"}) == "Odd {braces}"
