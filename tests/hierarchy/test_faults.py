"""Four tiers and bad luck: whatever breaks on the way, the figures come out right by themselves."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from rich.console import Console
from sqlalchemy import select

from federation.courier import Knock
from federation.door import RawRequest, Reply
from federation.enrolment import make_token, new_secret
from federation.incarnation import seal_own
from federation.keys import KeyPair
from federation.ledger import State
from federation.schemas.certificate import Certificate
from federation.statement import parse
from node.bootstrap import ROOT_KEY
from node.commands import membership
from node.domain.errors import Unavailable
from node.jobs import exchange, publish_summaries, roll_up
from node.store import cells
from node.store.cells import CELL_DAY, CELL_MONTH
from node.store.ledger import SqlLedger, newest_bytes
from tests.support.country import CHAIN, START, Country
from tests.support.tables import rows_of

TOP, DISTRICT, REGION, TOWN = CHAIN
DAY = date(2026, 3, 2)
NOON = START + timedelta(days=1, hours=4)  # past noon of the next day in Moscow: yesterday is final
LONGEST_BACKOFF = timedelta(minutes=11)


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Country]:
    country = Country(tmp_path)
    for unit in CHAIN:
        country.add(unit)
    country.play()
    yield country
    country.close()


def settle(country: Country) -> None:
    """The next noon, when yesterday is final, and past every backoff."""
    now = country.clock()
    noon = now.replace(hour=NOON.hour, minute=0)
    country.clock.move_to(max(NOON, noon if now < noon else noon + timedelta(days=1)))
    for _ in range(3):
        country.play()
        country.clock.advance(seconds=LONGEST_BACKOFF.total_seconds())
    country.play(2)


def everywhere(country: Country, scope: str, day: date = DAY) -> set[int]:
    """What the nodes over a scope count in it: one number when all is well."""
    path = [scope, *country.rulebook.directory.ancestors(scope)]
    return {country.received(unit, scope, day) for unit in path if unit in country.nodes}


def waiting(country: Country, at: str, state: State = State.QUARANTINED) -> list[tuple[str, str]]:
    with country.nodes[at].reading() as session:
        return [(held.id.origin, held.code or "") for held in SqlLedger(session).waiting(state)]


# --- The wire -------------------------------------------------------------------------------------


def loses_the_answer(knock: Knock, raw: RawRequest) -> Reply:
    knock(raw)
    raise httpx.ReadError("the line broke before the answer")


def comes_twice(knock: Knock, raw: RawRequest) -> Reply:
    first = knock(raw)
    knock(raw)
    return first


def comes_twice_and_the_second_is_answered(knock: Knock, raw: RawRequest) -> Reply:
    knock(raw)
    return knock(raw)


def is_answered_in_garbage(knock: Knock, raw: RawRequest) -> Reply:
    reply = knock(raw)
    return reply._replace(body=reply.body[: len(reply.body) // 2])


def is_answered_by_a_proxy(_knock: Knock, _raw: RawRequest) -> Reply:
    return Reply(502, [("Content-Type", "text/html")], b"<h1>Bad gateway</h1>")


def arrives_cut(knock: Knock, raw: RawRequest) -> Reply:
    return knock(RawRequest(raw.method, raw.path, raw.headers, raw.body[:-1]))


@pytest.mark.parametrize(
    "bent",
    [
        loses_the_answer,
        comes_twice,
        comes_twice_and_the_second_is_answered,
        is_answered_in_garbage,
        is_answered_by_a_proxy,
        arrives_cut,
    ],
)
@pytest.mark.parametrize("at", [REGION, pytest.param(TOP, marks=pytest.mark.prove)])
def test_a_bad_line_loses_nothing_and_doubles_nothing(country: Country, bent, at: str) -> None:  # type: ignore[no-untyped-def]
    country.bend(at, bent)
    country.write_in(TOWN, 3)
    country.play()
    country.write_in(TOWN, 2)
    country.write_in(REGION)
    for _ in range(3):
        country.clock.advance(minutes=20)
        country.play()
    country.mend(at)
    settle(country)
    assert everywhere(country, TOWN) == {5}
    assert everywhere(country, REGION) == {6}
    for unit in CHAIN:
        assert waiting(country, unit) == []
        with country.nodes[unit].reading() as session:
            ledger = SqlLedger(session)
            assert ledger.rejected() == []
            assert ledger.backlog(country.clock()).statements == 0
            assert not any(link.suspended for link in ledger.links())


def test_three_days_without_the_region_are_made_up_in_one_go(country: Country) -> None:
    country.network.cut.add(country.nodes[REGION].url)
    for _ in range(3):
        country.write_in(TOWN, 2)
        for _ in range(8):
            country.clock.advance(hours=3)
            country.play()
    country.network.cut.clear()
    settle(country)
    assert [country.received(TOP, TOWN, DAY + timedelta(days=n)) for n in range(3)] == [2, 2, 2]


# --- Power ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", CHAIN)
def test_a_node_started_again_in_the_middle_of_an_exchange_goes_on(
    country: Country, unit: str
) -> None:
    country.write_in(TOWN, 2)
    publish_summaries.run(country.nodes[TOWN])
    parent = country.rulebook.directory.parent(unit)
    if parent is not None:
        country.bend(parent, loses_the_answer)
        exchange.run(country.nodes[unit])
        country.mend(parent)
    country.clock.advance(minutes=12)
    country.restart(unit)
    country.write_in(TOWN, 1)
    country.clock.advance(minutes=20)
    country.play(2)
    settle(country)
    assert everywhere(country, TOWN) == {3}
    assert all(waiting(country, one) == [] for one in CHAIN)


def test_two_processes_of_one_node_cannot_both_speak(country: Country) -> None:
    """A copy of the town's folder is started beside it: the parent notices and hears neither."""
    country.write_in(TOWN, 2)
    country.play()
    original = country.nodes[TOWN]
    original.database.close()
    copy = Country(country.folder / "copy")
    copy.clock, copy.network = country.clock, country.network
    shutil.copytree(original.settings.data, copy.folder / TOWN)
    country.clock.advance(minutes=10)
    twin = copy.started_on_a_copy(TOWN, like=original)
    for _ in range(2):  # the first exchange of a start only draws its epoch
        exchange.run(twin)
        country.clock.advance(minutes=1)
    exchange.run(original)
    with original.reading() as session:
        assert SqlLedger(session).link(REGION).suspended == "clone"
    with country.nodes[REGION].reading() as session:
        assert SqlLedger(session).link(TOWN).suspended == "clone"
    before = rows_of(country.nodes[REGION], but=("nonce",))
    exchange.run(twin)
    with twin.reading() as session:
        assert SqlLedger(session).link(REGION).suspended == "suspended"
    assert rows_of(country.nodes[REGION], but=("nonce",))["statement"] == before["statement"]
    copy.close()


# --- Strangers ------------------------------------------------------------------------------------


def test_a_made_up_invitation_leaves_no_trace_at_the_parent(tmp_path: Path) -> None:
    country = Country(tmp_path)
    top = country.add(TOP)
    stranger = Country(tmp_path / "elsewhere")
    stranger.clock, stranger.network = country.clock, country.network
    child = stranger.add(DISTRICT, url="http://127.0.0.1:30000")
    root = KeyPair.load(top.settings.keys / ROOT_KEY).kid
    before = rows_of(top)
    with pytest.raises(Unavailable, match="token_unknown"):
        membership.join(child, top.url, make_token(root, root, new_secret()), None, Console())
    assert rows_of(top) == before
    stranger.close()
    country.close()


# --- Figures --------------------------------------------------------------------------------------


def test_a_late_import_restates_its_day_and_changes_exactly_its_ancestors(tmp_path: Path) -> None:
    country = Country(tmp_path)
    for unit in (*CHAIN, "RU-KGD"):
        country.add(unit)
    country.write_in(TOWN, 2)
    country.write_in("RU-KGD", 4)
    settle(country)
    before = day_cells(country)
    country.write_in(TOWN, 5, received_at=START + timedelta(hours=1))
    settle(country)
    assert everywhere(country, TOWN) == {7}
    assert country.received(TOP, "RU-KGD", DAY) == 4
    after = day_cells(country)
    changed = {key[:2] for key in {*before, *after} if before.get(key) != after.get(key)}
    assert {scope for scope, day in changed if day == DAY} == set(CHAIN)
    assert b'"status":"restated","reason":"' in country.summary(TOP, TOWN, DAY)
    rebuilt_equals_kept(country)
    country.close()


def day_cells(country: Country) -> dict[tuple[str, date, str], tuple[object, ...]]:
    with country.nodes[TOP].reading() as session:
        return {tuple(row[:3]): tuple(row[3:]) for row in session.execute(select(CELL_DAY))}


def rebuilt_equals_kept(country: Country) -> None:
    tables = {CELL_DAY.name, CELL_MONTH.name}
    for node in country.nodes.values():
        kept = {name: rows for name, rows in rows_of(node).items() if name in tables}
        with node.transaction() as session:
            cells.clear(session)
        roll_up.run(node)
        assert {name: rows for name, rows in rows_of(node).items() if name in tables} == kept


def test_every_tier_counts_what_the_leaves_signed_and_nothing_else(country: Country) -> None:
    country.write_in(TOWN, 3)
    country.write_in(REGION, 2)
    settle(country)
    signed = 0
    for origin in (TOWN, REGION):
        with country.nodes[TOP].reading() as session:
            envelope = newest_bytes(session, origin, "summary", DAY.isoformat())
        assert envelope is not None
        signed += sum(
            row["counters"]["received"] for row in json.loads(envelope.data)["body"]["rows"]
        )
    assert everywhere(country, REGION) == {signed} == {5}
    rebuilt_equals_kept(country)


# --- What is not yet known, and what is no longer valid -------------------------------------------


def seal_at(country: Country, unit: str, type: str, key: str, body: dict[str, object]) -> None:
    node = country.nodes[unit]
    with node.transaction() as session:
        seal_own(
            SqlLedger(session),
            me=unit,
            parent=country.rulebook.directory.parent(unit),
            type=type,
            key=key,
            body=body,
            signer=node.signing,
            now=node.clock(),
        )


def test_a_type_nobody_knows_yet_is_set_aside_and_blocks_nothing(country: Country) -> None:
    seal_at(country, TOWN, "decision", "1", {"answer": 42})
    country.write_in(TOWN, 2)
    settle(country)
    assert waiting(country, REGION) == [(TOWN, "unsupported_type")]
    assert everywhere(country, TOWN) == {2}
    with country.nodes[TOWN].reading() as session:
        ledger = SqlLedger(session)
        assert [(one.by, one.code) for one in ledger.rejected()] == [(REGION, "unsupported_type")]
        assert ledger.backlog(country.clock()).statements == 0


def test_a_town_whose_certificate_is_revoked_is_heard_no_more(country: Country) -> None:
    country.write_in(TOWN, 2)
    for _ in range(3):  # an open day is relayed a quarter of an hour later
        country.play()
        country.clock.advance(minutes=16)
    region = country.nodes[REGION]
    with region.reading() as session:
        envelope = newest_bytes(session, REGION, "certificate", TOWN)
    assert envelope is not None
    body = dict(parse(envelope).body or {})
    assert Certificate.from_body(TOWN, body).status == "valid"
    seal_at(country, REGION, "certificate", TOWN, body | {"status": "revoked"})
    country.write_in(TOWN, 3)
    before = rows_of(region)
    country.clock.advance(minutes=20)
    exchange.run(country.nodes[TOWN])
    assert rows_of(region) == before
    settle(country)
    assert everywhere(country, TOWN) - {country.received(TOWN, TOWN, DAY)} == {2}


def test_a_summary_by_a_key_that_is_not_the_towns_is_refused(country: Country) -> None:
    town = country.nodes[TOWN]
    country.write_in(TOWN, 2)
    country.play()
    country.write_in(TOWN, 1)
    honest = town.signing
    town.__dict__["signing"] = KeyPair.generate()
    before = rows_of(country.nodes[REGION])
    country.clock.advance(minutes=1)
    publish_summaries.run(town)
    exchange.run(town)
    assert rows_of(country.nodes[REGION]) == before
    town.__dict__["signing"] = honest
