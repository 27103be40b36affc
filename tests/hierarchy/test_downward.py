"""Statements that go down between real nodes: stored, acted on and answered for at every tier."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from federation.incarnation import seal_own
from federation.ledger import State
from federation.schemas.manifest import Manifest
from federation.statement import Statement, StatementId, parse
from node.bootstrap import Node
from node.jobs import exchange, publish_summaries
from node.statements import apply_all
from node.store.deliveries import DeliveryRow
from node.store.directives import DirectiveReportRow, DirectiveRow
from node.store.ledger import SqlLedger, newest_bytes
from tests.support.bodies import good
from tests.support.country import CHAIN, START, Country

TOP, DISTRICT, REGION, TOWN = CHAIN
NEIGHBOUR = "RU-KGD"


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Country]:
    country = Country(tmp_path)
    for unit in CHAIN:
        country.add(unit)
    country.play(2)
    yield country
    country.close()


def seal(country: Country, unit: str, type: str, key: str, body: dict[str, Any]) -> Statement:
    node = country.nodes[unit]
    with node.transaction() as session:
        return seal_own(
            SqlLedger(session),
            me=unit,
            parent=country.rulebook.directory.parent(unit),
            type=type,
            key=key,
            body=body,
            signer=node.signing,
            now=node.clock(),
        )


def direct(country: Country, by: str, id: str = "d1", *, to: str = TOWN) -> Statement:
    """Sealed, and held by its issuer as if it had been issued on a page."""
    sealed = seal(country, by, "directive", id, {**good("directive")[1], "to": [to]})
    with country.nodes[by].transaction() as session:
        apply_all(session, [sealed])
    return sealed


def report(country: Country, unit: str, issuer: str, id: str = "d1") -> Statement:
    body = {**good("directive_report")[1], "directive": id, "issuer": issuer, "unit": unit}
    return seal(country, unit, "directive_report", f"{id}.{unit}", body)


def directives(country: Country, unit: str) -> list[str]:
    """What the handler of directives has kept at a node."""
    with country.nodes[unit].reading() as session:
        return list(session.scalars(select(DirectiveRow.id).order_by(DirectiveRow.id)))


def reports(country: Country, unit: str) -> list[tuple[str, str]]:
    row = DirectiveReportRow
    with country.nodes[unit].reading() as session:
        found = session.execute(select(row.directive_id, row.origin))
        return [(directive, origin) for directive, origin in found]


def fares(country: Country, at: str, sealed: Statement) -> list[tuple[str, State | None]]:
    with country.nodes[at].reading() as session:
        rows = SqlLedger(session).deliveries([sealed.id])
    return [(row.peer, row.result) for row in rows]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_directive_is_acted_on_at_every_tier_down_to_the_town(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    country = Country(tmp_path)
    for unit in CHAIN:
        # The middle of the cascade: a receiver, a relay and a parent at once.
        url = (
            request.getfixturevalue("postgres_url")
            if (kind, unit) == ("postgresql", REGION)
            else ""
        )
        country.add(unit, database_url=url)
    country.play()
    sealed = direct(country, TOP)
    country.play(3)
    assert [directives(country, unit) for unit in CHAIN[1:]] == [["d1"]] * 3
    assert fares(country, REGION, sealed) == [(TOWN, State.STORED)]
    for unit in CHAIN[1:]:
        with country.nodes[unit].reading() as session:
            assert newest_bytes(session, *sealed.id) == sealed.envelope
    country.close()


def test_the_sender_sees_how_it_fares_at_every_depth(country: Country) -> None:
    sealed = direct(country, TOP)
    country.play(5)
    assert fares(country, TOP, sealed) == [(DISTRICT, State.STORED)]
    with country.nodes[TOP].reading() as session:
        stated = {
            row.origin: [(one["unit"], one["result"]) for one in row.body["results"]]
            for row in session.scalars(select(DeliveryRow))
        }
    assert stated == {DISTRICT: [(REGION, "stored")], REGION: [(TOWN, "stored")]}


def test_a_sealed_directive_waits_visibly_while_nobody_calls(country: Country) -> None:
    sealed = direct(country, TOP)
    exchange.run(country.nodes[TOP])
    assert fares(country, TOP, sealed) == [(DISTRICT, None)]


def test_a_cascade_cut_in_the_middle_for_ten_days_arrives_and_is_answered(
    country: Country,
) -> None:
    region = country.nodes[REGION]
    country.network.cut.add(region.url)
    direct(country, DISTRICT)
    for _ in range(10):
        country.clock.advance(days=1)
        country.play()
    assert directives(country, REGION) == ["d1"]  # it dials itself
    assert directives(country, TOWN) == []
    country.network.cut.clear()
    country.clock.advance(minutes=11)
    country.play(2)
    assert directives(country, TOWN) == ["d1"]
    report(country, TOWN, DISTRICT)
    country.play(3)
    assert reports(country, DISTRICT) == [("d1", TOWN)]
    assert reports(country, TOP) == []


def test_a_report_by_somebody_not_addressed_is_refused_by_name(country: Country) -> None:
    direct(country, DISTRICT, to=REGION)
    country.play(2)
    refused = report(country, TOWN, DISTRICT)
    country.play(2)
    assert reports(country, DISTRICT) == []
    with country.nodes[TOWN].reading() as session:
        found = [(one.id, one.code, one.by) for one in SqlLedger(session).rejected()]
    assert found == [(refused.id, "not_addressed", REGION)]


def test_a_report_that_came_before_its_unit_was_addressed_stands_when_it_is(
    country: Country,
) -> None:
    direct(country, DISTRICT, to=REGION)
    country.play(2)
    report(country, TOWN, DISTRICT)
    country.play()
    assert reports(country, REGION) == []
    direct(country, DISTRICT, to=TOWN)
    country.play(2)
    assert reports(country, REGION) == [("d1", TOWN)]
    assert reports(country, DISTRICT) == [("d1", TOWN)]


def test_what_ends_below_the_top_is_in_no_manifest(country: Country) -> None:
    direct(country, DISTRICT, "near")
    direct(country, TOP, "far")
    country.play(3)
    near, far = report(country, TOWN, DISTRICT, "near"), report(country, TOWN, TOP, "far")
    country.clock.advance(days=1)
    publish_summaries.run(country.nodes[TOWN])
    listed = {entry.sha256 for entry in _manifest(country.nodes[TOWN]).entries}
    assert far.version.sha256 in listed
    assert near.version.sha256 not in listed
    publish_summaries.run(country.nodes[TOP])
    assert {entry.type for entry in _manifest(country.nodes[TOP]).entries} <= {
        "certificate",
        "descriptor",
        "manifest",
        "summary",
    }


def _manifest(node: Node) -> Manifest:
    day = (START + timedelta(days=1)).date().isoformat()
    with node.reading() as session:
        envelope = newest_bytes(session, node.code, "manifest", day)
    assert envelope is not None
    return Manifest.from_body(day, parse(envelope).body)


def test_a_child_that_joins_later_gets_what_was_sealed_before(tmp_path: Path) -> None:
    country = Country(tmp_path)
    for unit in CHAIN[:3]:
        country.add(unit)
    country.play()
    sealed = direct(country, TOP)
    country.play(3)
    assert fares(country, REGION, sealed) == []
    country.add(TOWN)
    assert fares(country, REGION, sealed) == [(TOWN, None)]
    country.play(2)
    assert directives(country, TOWN) == ["d1"]
    country.close()


def test_a_renewed_certificate_of_an_ancestor_reaches_the_town(country: Country) -> None:
    id = StatementId(DISTRICT, "certificate", REGION)
    with country.nodes[TOWN].reading() as session:
        before = newest_bytes(session, *id)
    assert before is not None  # it verifies by it what the district says
    country.clock.advance(days=1)
    with country.nodes[DISTRICT].reading() as session:
        stands = newest_bytes(session, *id)
    assert stands is not None
    body = parse(stands).body
    assert body is not None
    renewed = seal(
        country, DISTRICT, "certificate", REGION, {**body, "not_after": "2026-04-01T00:00:00Z"}
    )
    country.play(2)
    with country.nodes[TOWN].reading() as session:
        assert newest_bytes(session, *id) == renewed.envelope


def test_an_idle_exchange_asks_the_same_few_questions_however_much_has_gone_down(
    country: Country,
) -> None:
    asked: dict[str, list[str]] = {REGION: [], TOWN: []}
    for unit, found in asked.items():
        event.listen(
            country.nodes[unit].database.engine,
            "before_cursor_execute",
            lambda *args, found=found: found.append(args[2]),
        )

    def idle() -> dict[str, int]:
        country.play(3)
        for found in asked.values():
            found.clear()
        exchange.run(country.nodes[TOWN])
        return {unit: len(found) for unit, found in asked.items()}

    before = idle()
    for number in range(40):
        direct(country, REGION, f"d{number}")
    assert idle() == before
    # The parent asks once what is due for the child, the child once what nobody has routed.
    for unit in (REGION, TOWN):
        assert sum("FROM downward" in query for query in asked[unit]) == 1
