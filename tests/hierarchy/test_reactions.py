"""What a child does about a refusal: once more at once, later, or not before people looked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from federation import payload
from federation.courier import Knock
from federation.door import RawRequest, RefusalBudget, Reply, refuse
from federation.errors import Refusal
from federation.join import REACTIONS
from node.jobs import exchange, publish_summaries
from node.store.ledger import SqlLedger
from node.web.door import EXCHANGE, Keys
from tests.support.country import CHAIN, Country

TOP, DISTRICT, REGION, TOWN = CHAIN


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Country]:
    country = Country(tmp_path)
    for unit in CHAIN:
        country.add(unit)
    country.play()
    yield country
    country.close()


def refuse_while(country: Country, code: str, refused: Callable[[int, int], bool]) -> list[int]:
    """Let the region refuse calls: `refused` is asked with the number of the call and of its
    statements. The list grows by the statements of every call."""
    region, calls = country.nodes[REGION], list[int]()

    def bent(knock: Knock, raw: RawRequest) -> Reply:
        if raw.path != EXCHANGE:
            return knock(raw)
        kind = next(value for name, value in raw.headers if name.lower() == "content-type")
        calls.append(len(payload.decode(kind, raw.body)["statements"]))
        if not refused(len(calls), calls[-1]):
            return knock(raw)
        now = country.clock()
        with region.reading() as session:
            return refuse(
                Refusal(code, "as the test wants it"),
                raw,
                public_url=region.url,
                keys=Keys(session, region, now),
                key=region.signing,
                budget=RefusalBudget(),
                now=now,
            )

    country.bend(REGION, bent)
    return calls


def days_pass_offline(country: Country) -> None:
    """Three days of summaries and manifests wait at the town."""
    for _ in range(3):
        country.clock.advance(days=1)
        publish_summaries.run(country.nodes[TOWN])


def waiting(country: Country) -> int:
    with country.nodes[TOWN].reading() as session:
        return SqlLedger(session).backlog(country.clock()).statements


def link(country: Country) -> tuple[int, str | None]:
    with country.nodes[TOWN].reading() as session:
        found = SqlLedger(session).link(REGION)
    return found.failures, found.suspended


def test_there_is_a_reaction_to_every_refusal_and_to_nothing_else() -> None:
    assert set(REACTIONS) == set(Refusal.STATUS)


def test_what_is_too_big_together_goes_one_by_one(country: Country) -> None:
    days_pass_offline(country)
    calls = refuse_while(country, "too_big", lambda _call, statements: statements > 1)
    exchange.run(country.nodes[TOWN])
    assert calls[0] > 1
    assert set(calls[1:]) == {1}
    assert waiting(country) == 0
    assert link(country) == (0, None)


def test_what_is_too_big_alone_backs_off(country: Country) -> None:
    days_pass_offline(country)
    calls = refuse_while(country, "too_big", lambda _call, _statements: True)
    exchange.run(country.nodes[TOWN])
    assert len(calls) == 2
    assert link(country) == (1, None)


def test_a_call_taken_for_a_replay_is_made_afresh_once(country: Country) -> None:
    days_pass_offline(country)
    calls = refuse_while(country, "replayed", lambda call, _statements: call == 1)
    exchange.run(country.nodes[TOWN])
    assert len(calls) >= 2
    assert waiting(country) == 0


@pytest.mark.parametrize("code", ["overloaded", "maintenance", "key_unknown", "malformed"])
def test_other_refusals_wait_and_lose_nothing(country: Country, code: str) -> None:
    days_pass_offline(country)
    before = waiting(country)
    calls = refuse_while(country, code, lambda _call, _statements: True)
    exchange.run(country.nodes[TOWN])
    assert len(calls) == 1
    assert waiting(country) == before
    assert link(country) == (1, None)


@pytest.mark.parametrize("code", ["clone", "suspended", "moved"])
def test_what_only_people_can_mend_stops_the_calls(country: Country, code: str) -> None:
    calls = refuse_while(country, code, lambda _call, _statements: True)
    exchange.run(country.nodes[TOWN])
    country.clock.advance(days=1)
    exchange.run(country.nodes[TOWN])
    assert len(calls) == 1
    assert link(country)[1] == code
