"""A node that is in already joins again: by its operator's will, at any moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from federation.courier import Knock
from federation.door import RawRequest, Reply
from federation.ledger import Outbound
from node.bootstrap import Node
from node.jobs import exchange, publish_summaries
from node.store import coverage, days
from node.store.ledger import SqlLedger
from node.web.door import EXCHANGE
from tests.support.country import CHAIN, START, Country

TOP, DISTRICT, REGION, TOWN = CHAIN


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Country]:
    country = Country(tmp_path)
    for unit in CHAIN:
        country.add(unit)
    country.play()
    yield country
    country.close()


def suspended(node: Node, peer: str) -> str | None:
    with node.reading() as session:
        return SqlLedger(session).link(peer).suspended


def queued(country: Country, unit: str) -> set[Outbound]:
    node = country.nodes[unit]
    with node.reading() as session:
        found = SqlLedger(session).due(country.clock(), 100)
    return {entry for entry in found if entry.id.type != "descriptor"}


def test_an_answer_that_comes_after_joining_anew_clears_no_queue(country: Country) -> None:
    country.write_in(TOWN)
    town = country.nodes[TOWN]
    country.clock.advance(minutes=10)
    publish_summaries.run(town)
    sealed = queued(country, TOWN)
    joined: list[str] = []

    def joins_meanwhile(knock: Knock, raw: RawRequest) -> Reply:
        reply = knock(raw)
        if raw.path == EXCHANGE and raw.method == "POST" and not joined:
            joined.append(TOWN)
            country.join(TOWN, REGION)
        return reply

    country.bend(REGION, joins_meanwhile)
    exchange.run(town)
    assert joined
    assert sealed
    assert sealed <= queued(country, TOWN)


def test_joining_anew_opens_a_link_that_was_suspended(country: Country) -> None:
    town, region = country.nodes[TOWN], country.nodes[REGION]
    for node, peer in ((town, REGION), (region, TOWN)):
        with node.transaction() as session:
            ledger = SqlLedger(session)
            ledger.save_link(replace(ledger.link(peer), suspended="clone"))
    country.clock.advance(minutes=10)
    country.join(TOWN, REGION)
    assert (suspended(town, REGION), suspended(region, TOWN)) == (None, None)
    country.write_in(TOWN)
    country.play(2)
    assert queued(country, TOWN) == set()


def test_joining_anew_takes_back_no_day_the_unit_has_spoken_for(country: Country) -> None:
    region = country.nodes[REGION]
    country.clock.advance(days=5)
    country.play(2)
    country.join(TOWN, REGION)
    country.clock.advance(hours=1)
    country.play(2)
    with region.reading() as session:
        assert coverage.services(session, [TOWN])[TOWN].node_from == START.date()
        assert days.dirty_days(session) == {}
