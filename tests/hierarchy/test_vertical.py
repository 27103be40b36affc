"""Appeals in at the bottom, signed figures out at the top: four tiers in one process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from node.actions.submit_appeal import submit_appeal
from node.domain.appeal import NewAppeal
from node.store.ledger import newest_bytes
from tests.support.country import CHAIN, Country


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Country]:
    country = Country(tmp_path)
    for unit in CHAIN:
        country.add(unit)
    yield country
    country.close()


def appeal(country: Country, unit: str, topic: str | None = "roads.pits", **more: object) -> None:
    node = country.nodes[unit]
    now = country.clock()
    with node.transaction() as session:
        submit_appeal(
            session,
            node.rulebook,
            unit=unit,
            appeal=NewAppeal(
                channel="api", text="Яма", territory=unit, topic=topic, received_at=now
            ),
            actor="test",
            now=now,
        )


def test_a_municipal_summary_stands_at_every_tier_byte_for_byte(country: Country) -> None:
    appeal(country, "47701000")
    country.play()
    for _ in range(2):  # an open day is relayed a quarter of an hour later
        country.clock.advance(minutes=16)
        country.play()
    day = country.clock().astimezone(country.nodes["47701000"].zone).date().isoformat()
    held = []
    for unit in CHAIN:
        with country.nodes[unit].reading() as session:
            held.append(newest_bytes(session, "47701000", "summary", day))
    assert held[-1] is not None
    assert all(envelope == held[-1] for envelope in held)
