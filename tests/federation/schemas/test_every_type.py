"""What holds for the body of every type, good or bent."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import BadStatement
from federation.schemas import SCHEMAS, URGENT, fields, priority, validate
from federation.statement import Statement, seal
from tests.support.bodies import GOOD, NOW, SIGNING, a_summary, good


def test_there_is_a_good_example_of_every_type() -> None:
    assert GOOD.keys() == SCHEMAS.keys()


@pytest.mark.parametrize("type", SCHEMAS)
def test_a_good_body_is_read_and_written_back_to_the_byte(type: str) -> None:
    key, body = good(type)
    typed: Any = SCHEMAS[type].validate(key, json.loads(json.dumps(body)))
    assert json.dumps(typed.to_body()) == json.dumps(body)


@pytest.mark.parametrize("type", SCHEMAS)
def test_unknown_fields_are_passed_over(type: str) -> None:
    key, body = good(type)
    expected = SCHEMAS[type].validate(key, body)
    assert SCHEMAS[type].validate(key, _strewn(body)) == expected


@pytest.mark.parametrize("type", SCHEMAS)
@pytest.mark.parametrize("body", [[], "x", 1, True])
def test_a_body_that_is_no_object_is_malformed(type: str, body: object) -> None:
    with pytest.raises(BadStatement, match="body: not an object"):
        SCHEMAS[type].validate(GOOD[type][0], body)


@pytest.mark.parametrize("type", SCHEMAS)
def test_no_type_known_so_far_is_ever_deleted(type: str) -> None:
    with pytest.raises(BadStatement, match="never deleted"):
        SCHEMAS[type].validate(GOOD[type][0], None)


def test_a_deletable_type_passes_without_a_body() -> None:
    schema = replace(SCHEMAS["manifest"], deletable=True)
    assert schema.validate("any", None) is None


@pytest.mark.parametrize("type", SCHEMAS)
def test_every_field_is_required_or_null(type: str) -> None:
    key, body = good(type)
    schema = SCHEMAS[type]
    for name, field in schema.body.fields:
        short = {other: value for other, value in body.items() if other != name}
        if isinstance(field, fields.Nullable):
            schema.validate(key, short)
        else:
            with pytest.raises(BadStatement, match=f"{name}: missing"):
                schema.validate(key, short)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(["2026-11-20", "2026-11-20T21:00:00Z", "America", "../x", "https://["]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("type", SCHEMAS)
@given(data=st.data())
def test_whatever_stands_anywhere_in_a_body_only_a_bad_statement_escapes(
    type: str, data: st.DataObject
) -> None:
    key, body = good(type)
    for _ in range(data.draw(st.integers(1, 3))):
        body = _changed_somewhere(data, body)
    key = data.draw(st.sampled_from([key, "", "0001-01-01", "9999-12-31", "x"]))
    assert outcome(type, key, body) in {
        "good",
        "malformed",
        "bad_day",
        "bad_tz",
        "histogram_exceeds_counter",
    }


def outcome(type: str, key: str, body: object) -> str:
    try:
        SCHEMAS[type].validate(key, body)
    except BadStatement as error:
        return error.code
    return "good"


def _changed_somewhere(data: st.DataObject, value: Any) -> Any:
    """`value` with one drawn value in a drawn place."""
    if isinstance(value, dict) and value and data.draw(st.integers(0, 5)):
        name = data.draw(st.sampled_from(sorted(value)))
        return {**value, name: _changed_somewhere(data, value[name])}
    if isinstance(value, list) and value and data.draw(st.integers(0, 5)):
        at = data.draw(st.integers(0, len(value) - 1))
        return [*value[:at], _changed_somewhere(data, value[at]), *value[at + 1 :]]
    return data.draw(JSON)


def _strewn(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            "from_a_later_version": [1],
            **{name: _strewn(item) for name, item in value.items()},
        }
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [_strewn(item) for item in value]
    return value


def a_sealed(type: str, key: str, body: dict[str, Any] | None) -> Statement:
    return seal(
        type=type, origin="RU-MUR", key=key, epoch=1, rev=1, made_at=NOW, body=body, signer=SIGNING
    )


def test_a_statement_is_validated_by_its_type() -> None:
    assert validate(a_sealed("summary", *good("summary"))) == a_summary()


@pytest.mark.parametrize("body", [None, {}])
def test_an_unknown_type_is_unsupported(body: dict[str, Any] | None) -> None:
    with pytest.raises(BadStatement) as caught:
        validate(a_sealed("horoscope", "x", body))
    assert caught.value.code == "unsupported_type"


def test_urgent_types_travel_first_and_summaries_last() -> None:
    order = sorted(["summary", "norms", *reversed(URGENT)], key=priority)
    assert order == [*URGENT, "norms", "summary"]


@pytest.mark.parametrize("key", ["x", "2026-02-30", "20261121"])
@pytest.mark.parametrize("type", ["manifest", "summary"])
def test_a_key_that_is_no_day_is_a_bad_day(type: str, key: str) -> None:
    with pytest.raises(BadStatement) as caught:
        SCHEMAS[type].validate(key, GOOD[type][1])
    assert caught.value.code == "bad_day"
