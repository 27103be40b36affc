"""Request and answer as JSON: every field is there, and a wrong one is named."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from federation.errors import Refusal
from federation.statement import MAX_BYTES
from federation.wire import MAX_STATEMENTS, MOST, ExchangeAnswer, ExchangeRequest
from tests.support.hierarchy import Country, a_summary, forged, key

DAY = "2026-11-20"


@pytest.fixture
def country() -> Country:
    made = Country()
    made.drain()
    return made


def test_request_and_answer_read_back_as_they_were_written(country: Country) -> None:
    leaf, parent = country["47701000"], country["RU-MUR"]
    leaf.seal(DAY, a_summary())
    request, message = leaf.ask()
    assert ExchangeRequest.from_payload(json.loads(message.payload)) == request
    answer = json.loads(parent.answer(message))
    assert ExchangeAnswer.from_payload(answer).to_payload() == answer


@pytest.mark.parametrize(
    "field", sorted(ExchangeRequest("a", "b", 1, False).to_payload().keys() - {"v"})
)
def test_a_missing_field_is_refused_by_its_name(field: str) -> None:
    payload = ExchangeRequest("a", "b", 1, False).to_payload()
    del payload[field]
    with pytest.raises(Refusal, match=field) as caught:
        ExchangeRequest.from_payload(payload)
    assert caught.value.code == "malformed"


def test_another_version_of_the_protocol_is_told_which_is_spoken() -> None:
    payload = ExchangeRequest("a", "b", 1, False).to_payload() | {"v": 2}
    with pytest.raises(Refusal) as caught:
        ExchangeRequest.from_payload(payload)
    assert caught.value.problem()["supported"] == [1]


def test_unknown_fields_are_passed_over() -> None:
    request = ExchangeRequest("a", "b", 1, False)
    assert ExchangeRequest.from_payload(request.to_payload() | {"mood": "good"}) == request


def test_a_first_exchange_that_carries_statements_is_malformed(country: Country) -> None:
    payload = ExchangeRequest("47701000", "RU-MUR", 0, True).to_payload()
    payload["statements"] = [forged("47701000", key("any")).to_wire()]
    with pytest.raises(Refusal, match="statements"):
        ExchangeRequest.from_payload(payload)


def a_crowd(count: int, size: int) -> ExchangeRequest:
    envelope = forged("47701000", key("any"))
    return ExchangeRequest("a", "b", 1, False, (replace(envelope, data=b"x" * size),) * count)


@pytest.mark.parametrize(
    ("count", "size", "most"),
    [(MOST + 1, 1, MOST), (2, MAX_STATEMENTS // 2 + 1, MAX_STATEMENTS)],
    ids=["many", "much"],
)
def test_more_statements_than_one_request_may_bring_are_too_big(
    count: int, size: int, most: int
) -> None:
    with pytest.raises(Refusal) as caught:
        ExchangeRequest.from_payload(a_crowd(count, size).to_payload())
    assert (caught.value.code, caught.value.extra) == ("too_big", {"max": most})


@pytest.mark.parametrize(
    ("count", "size"),
    [(MOST, 1), (2, MAX_STATEMENTS // 2), (1, MAX_BYTES)],
    ids=["many", "much", "one"],
)
def test_as_many_statements_as_a_node_may_send_are_read(count: int, size: int) -> None:
    request = a_crowd(count, size)
    assert ExchangeRequest.from_payload(request.to_payload()) == request
