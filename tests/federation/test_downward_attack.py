"""Who would speak for others, upward or downward: each is refused by name, and nothing is acted on.

The top and its middle are honest here; whoever attacks holds real keys of its own node.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from federation.join import Result
from federation.ledger import State
from federation.receipt import Outcome, Receipt
from federation.schemas.descriptor import seal_descriptor
from federation.statement import Statement
from tests.support.bodies import a_descriptor, good
from tests.support.cascade import come_down, direct, fares, holds, of
from tests.support.hierarchy import Country, key, knock

TOWN, REGION, NEIGHBOUR, DISTRICT = "47701000", "RU-MUR", "RU-KGD", "SZFO"


@pytest.fixture
def country() -> Country:
    made = Country()
    made.drain()
    return made


def said(country: Country, unit: str, type: str, body: dict[str, Any], id: str) -> Statement:
    return of(country[unit], type=type, key=id, body=body)


def codes(outcomes: list[Outcome]) -> list[tuple[Result, str | None]]:
    return [(one.result, one.code) for one in outcomes]


def report(issuer: str, unit: str) -> dict[str, Any]:
    return {**good("directive_report")[1], "directive": "d1", "issuer": issuer, "unit": unit}


# --- A child that sends up what goes down ---------------------------------------------------------


@pytest.mark.parametrize("type", ["directive", "directive_risk", "help", "directory"])
def test_nobody_instructs_upward_or_sideways(country: Country, type: str) -> None:
    id, body = good(type)
    if "to" in body:
        body["to"] = [NEIGHBOUR]
    forged = said(country, REGION, type, body, id)
    assert codes(knock(country, REGION, forged.envelope)) == [
        (Result.QUARANTINED, "unsupported_type")
    ]
    country.drain()
    assert not any(holds(node, forged) for node in country)


def test_a_report_that_has_climbed_past_its_issuer_is_refused(country: Country) -> None:
    past = said(country, TOWN, "directive_report", report(REGION, TOWN), f"d1.{TOWN}")
    assert codes(knock(country, REGION, past.envelope)) == [(Result.QUARANTINED, "not_yours")]


def test_a_delivery_ends_at_the_origin_of_what_it_is_about(country: Country) -> None:
    id, body = good("delivery")
    past = said(country, REGION, "delivery", {**body, "origin": REGION}, id)
    assert codes(knock(country, REGION, past.envelope)) == [(Result.QUARANTINED, "not_yours")]


def test_a_parent_cannot_report_in_the_name_of_its_child(country: Country) -> None:
    forged = of(
        country[TOWN],
        type="directive_report",
        key=f"d1.{TOWN}",
        body=report("RU", TOWN),
        signer=country[REGION].signer,
    )
    assert codes(knock(country, REGION, forged.envelope)) == [(Result.PENDING, None)]
    country.drain()
    assert not holds(country["RU"], forged)


def test_the_key_of_a_report_is_what_it_is_about(country: Country) -> None:
    other = said(country, TOWN, "directive_report", report("RU", TOWN), f"d1.{NEIGHBOUR}")
    assert codes(knock(country, TOWN, other.envelope)) == [(Result.QUARANTINED, "malformed")]


# --- Receipts -------------------------------------------------------------------------------------


def test_a_receipt_speaks_only_for_its_signer_and_only_of_what_it_was_offered(
    country: Country,
) -> None:
    sealed = direct(country[DISTRICT], to=REGION)
    country.drain()
    other = direct(country[DISTRICT], "d2", to=REGION)
    country[NEIGHBOUR].exchange()  # routes it
    outcomes = (
        Outcome(sealed.version.sha256, Result.QUARANTINED, "malformed"),
        Outcome(other.version.sha256, Result.STORED),
        Outcome("ab" * 32, Result.STORED),
    )
    receipt = Receipt("r", country.now, outcomes).seal(country[NEIGHBOUR].signer)
    knock(country, NEIGHBOUR, receipts=(receipt,))
    assert fares(country[DISTRICT], sealed) == {REGION: (State.STORED, None)}
    assert fares(country[DISTRICT], other) == {REGION: (None, None)}


def test_a_receipt_signed_with_a_key_of_before_is_passed_over(country: Country) -> None:
    sealed = direct(country[DISTRICT], to=REGION)
    country[NEIGHBOUR].exchange()
    outcomes = (Outcome(sealed.version.sha256, Result.STORED),)
    before = Receipt("r", country.now, outcomes).seal(key("an older key of RU-MUR"))
    knock(country, REGION, receipts=(before,))
    assert fares(country[DISTRICT], sealed) == {REGION: (None, None)}


# --- A middle that lies ---------------------------------------------------------------------------


def test_a_descriptor_of_before_comes_back_as_older(country: Country) -> None:
    top = country["RU"]
    (held,) = top.newest(top.descriptor().id).values()
    newer = top.descriptor(n=2)
    assert codes(list(come_down(country, DISTRICT, newer).came_down)) == [(Result.STORED, None)]
    again = replace(newer, envelope=held.envelope)
    assert codes(list(come_down(country, DISTRICT, again).came_down)) == [(Result.OLDER, None)]


def test_a_stranger_is_vouched_for_by_nobody_downward(country: Country) -> None:
    stranger = key("root of a stranger")
    descriptor = a_descriptor(node=NEIGHBOUR, unit=NEIGHBOUR, root=stranger.public.x)
    forged = seal_descriptor(descriptor, n=9, root=stranger, now=country.now)
    (certificate,) = (
        one
        for id, one in country[DISTRICT]
        .newest(*[s.id for s in (country[DISTRICT].certify(country[NEIGHBOUR]),)])
        .items()
    )
    came = come_down(country, REGION, forged, replace(forged, envelope=certificate.envelope))
    assert codes(list(came.came_down)) == [(Result.QUARANTINED, "not_yours")] * 2


def test_a_directive_withheld_is_never_said_to_have_come(country: Country) -> None:
    sealed = direct(country["RU"])
    country[DISTRICT].exchange()
    for _ in range(5):
        country.wait(minutes=16)
        come_down(country, REGION)  # the district answers, and leaves it out
        country[DISTRICT].exchange()
    assert fares(country["RU"], sealed) == {DISTRICT: (State.STORED, None)}
    assert fares(country[DISTRICT], sealed) == {REGION: (None, None)}


def test_a_key_no_report_can_be_made_of_is_refused(country: Country) -> None:
    long = of(country[DISTRICT], key="x" * 60)
    assert codes(list(come_down(country, REGION, long).came_down)) == [
        (Result.QUARANTINED, "malformed")
    ]


def test_a_list_of_addressees_without_end_is_refused(country: Country) -> None:
    body = {**good("directive")[1], "to": [f"u{number}" for number in range(20_001)]}
    huge = of(country[DISTRICT], body=body)
    assert codes(list(come_down(country, REGION, huge).came_down)) == [
        (Result.QUARANTINED, "malformed")
    ]
