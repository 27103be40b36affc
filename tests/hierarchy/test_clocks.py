"""Clocks set wrong: by minutes, by days, at joining; and what is left when they are set right."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from federation.errors import TransportError
from node.clock import FrozenClock
from node.domain.errors import Unavailable
from node.store.ledger import SqlLedger
from tests.support.country import CHAIN, START, Country

TOP, DISTRICT, REGION, TOWN = CHAIN
DAY = date(2026, 3, 2)
NOON = START + timedelta(days=1, hours=4)  # past noon of the next day in Moscow: yesterday is final


@pytest.mark.parametrize("minutes", [-3, 3])
def test_a_clock_three_minutes_off_is_no_obstacle(tmp_path: Path, minutes: int) -> None:
    country = Country(tmp_path)
    for unit in CHAIN[:3]:
        country.add(unit)
    wrong = FrozenClock(country.clock())
    country.add(TOWN, clock=wrong)
    wrong.advance(minutes=minutes)
    country.play(2)
    country.write_in(TOWN, 2)
    country.clock.move_to(NOON)
    wrong.move_to(NOON + timedelta(minutes=minutes))
    country.play(2)
    assert {country.received(unit, TOWN, DAY) for unit in CHAIN} == {2}
    assert b'"status":"final"' in country.summary(TOP, TOWN, DAY)
    country.close()


@pytest.mark.parametrize("minutes", [-10, 10])
def test_joining_with_a_wrong_clock_is_refused_by_that_name(tmp_path: Path, minutes: int) -> None:
    country = Country(tmp_path)
    country.add(TOP)
    with pytest.raises((Unavailable, TransportError), match=r"час|clock"):
        country.add(DISTRICT, clock=FrozenClock(START + timedelta(minutes=minutes)))
    country.close()


@pytest.mark.parametrize("days", [3, -3])
def test_a_clock_three_days_off_is_refused_until_it_is_set_right(tmp_path: Path, days: int) -> None:
    country = Country(tmp_path)
    for unit in CHAIN[:3]:
        country.add(unit)
    own = FrozenClock(country.clock())
    country.add(TOWN, clock=own)
    country.play()
    country.write_in(TOWN, 2)
    own.advance(days=days)
    for _ in range(3):
        country.clock.advance(minutes=20)
        own.advance(minutes=20)
        country.play()
    assert country.received(REGION, TOWN, DAY) == 0
    assert b'"status":"final"' not in country.summary(TOWN, TOWN, DAY)
    own.move_to(country.clock())
    settle_with(country, own)
    assert country.received(TOP, TOWN, DAY) == country.received(TOWN, TOWN, DAY) == 2
    with country.nodes[TOWN].reading() as session:
        assert SqlLedger(session).link(REGION).suspended is None
    country.close()


def settle_with(country: Country, own: FrozenClock) -> None:
    """A wrong clock leaves its backoff in the future, at most the longest: then all is well."""
    for moment in (START + timedelta(hours=2), NOON, NOON + timedelta(hours=1)):
        for clock in (country.clock, own):
            clock.move_to(moment)
        country.play(2)
