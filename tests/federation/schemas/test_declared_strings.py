"""A walk over the schemas: no string leaves a node but those declared."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from federation.schemas import SCHEMAS, fields


def strings_out_of_bounds(schemas: dict[str, fields.Record]) -> list[str]:
    return [
        f"{type}.{place}"
        for type, body in schemas.items()
        for place in fields.undeclared_strings(body)
    ]


def test_no_type_lets_out_a_string_that_is_not_declared() -> None:
    assert strings_out_of_bounds({type: schema.body for type, schema in SCHEMAS.items()}) == []


class Free(fields.Field[str]):
    """What the walk must find: any string at all."""

    def read(self, value: object) -> str:
        if not isinstance(value, str):
            raise fields.Wrong("not a string")
        return value


class Phone(Free):
    """A string of a shape nobody declared."""

    def read(self, value: object) -> str:
        if not super().read(value).startswith("+7"):
            raise fields.Wrong("not a telephone number")
        return str(value)


@pytest.mark.parametrize("bad", [Free(), Phone()])
@pytest.mark.parametrize(
    "wrapped",
    [
        lambda field: field,
        fields.Nullable,
        fields.ListOf,
        lambda field: fields.MapOf(["a"], field),
        lambda field: fields.ListOf(fields.Record({"deep": fields.Nullable(field)})),
    ],
)
def test_the_walk_finds_an_undeclared_string_wherever_it_hides(
    bad: fields.Field[str], wrapped: Callable[[fields.Field[str]], fields.Field[object]]
) -> None:
    body = fields.Record({"fine": fields.Code(), "note": wrapped(bad)})
    found = strings_out_of_bounds({"leaky": body})
    assert len(found) == 1
    assert found[0].startswith("leaky.body.note")


def test_a_declared_kind_that_lets_prose_through_is_found() -> None:
    body = fields.Record({"note": Free()})
    assert list(fields.undeclared_strings(body, shapes=(*fields.SHAPES, Free))) == ["body.note"]
