"""The sender of a directive sees, for every unit it is addressed to, how far it has come."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from federation.incarnation import seal_own
from federation.statement import StatementId
from node.bootstrap import Node
from node.domain.delivery import Delivered, DeliveryState
from node.jobs import exchange, state_deliveries
from node.store import deliveries
from node.store.downward import DownwardRow
from node.store.ledger import SqlLedger
from node.web.locale.delivery_words import delivery_words
from tests.support.bodies import good
from tests.support.country import CHAIN, Country

TOP, DISTRICT, REGION, TOWN = CHAIN
ELSEWHERE = "RU-KGD"  # under the same district, without a node
OF_TYPE = "directive"


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Country]:
    country = Country(tmp_path)
    for unit in CHAIN:
        country.add(unit)
    country.play(3)
    yield country
    country.close()


def issue(country: Country, *to: str, by: str = TOP, title: str = "Открыть центр") -> StatementId:
    key, body = good(OF_TYPE)
    node = country.nodes[by]
    with node.transaction() as session:
        sealed = seal_own(
            SqlLedger(session),
            me=by,
            parent=None,
            type=OF_TYPE,
            key=key,
            body=body | {"to": sorted(to), "title": title},
            signer=node.signing,
            now=node.clock(),
        )
    return sealed.id


def seen(country: Country, id: StatementId) -> dict[str, Delivered]:
    node = country.nodes[id.origin]
    with node.reading() as session:
        return deliveries.delivery_of(session, node.rulebook.directory, node.code, id)


def words(country: Country, found: Delivered) -> str:
    return delivery_words(found, country.rulebook.directory)


def test_each_addressee_is_seen_to_have_it_or_to_have_no_node(country: Country) -> None:
    id = issue(country, REGION, TOWN, ELSEWHERE)
    before = seen(country, id)
    assert {one.state for one in before.values()} == {DeliveryState.WAITING, DeliveryState.NO_NODE}
    assert before[TOWN].stuck_at == DISTRICT
    country.play(5)
    after = seen(country, id)
    assert {unit: one.state for unit, one in after.items()} == {
        REGION: DeliveryState.STORED,
        TOWN: DeliveryState.STORED,
        ELSEWHERE: DeliveryState.NO_NODE,
    }
    assert after[TOWN].at is not None
    assert after[TOWN].stuck_at is None
    assert words(country, after[TOWN]) == "получено"
    assert words(country, after[ELSEWHERE]) == "узла нет: отчёт вносит куратор сверху"


def test_a_node_cut_off_is_named_as_the_one_that_has_not_fetched_it(country: Country) -> None:
    country.network.cut.add(country.nodes[DISTRICT].url)  # the region cannot call it
    id = issue(country, REGION, TOWN)
    country.play(3)
    found = seen(country, id)
    assert found[TOWN].state is DeliveryState.WAITING
    assert found[TOWN].stuck_at == REGION
    assert words(country, found[TOWN]).startswith("ждёт: узел Мурманская")
    country.network.cut.clear()
    country.clock.advance(days=1)
    country.play(5)
    assert {one.state for one in seen(country, id).values()} == {DeliveryState.STORED}


def test_a_new_version_waits_anew(country: Country) -> None:
    id = issue(country, TOWN)
    country.play(5)
    assert seen(country, id)[TOWN].state is DeliveryState.STORED
    country.clock.advance(minutes=1)
    issue(country, TOWN, title="Открыть центр к сроку")
    waits = seen(country, id)[TOWN]
    assert (waits.state, waits.stuck_at) == (DeliveryState.WAITING, DISTRICT)
    country.play(5)
    assert seen(country, id)[TOWN].state is DeliveryState.STORED


def test_what_an_older_version_did_not_understand_is_shown_with_its_code(country: Country) -> None:
    id = issue(country, TOWN)
    country.play(5)
    answered(country.nodes[REGION], result="quarantined", code="unsupported_type")
    country.play(4)
    found = seen(country, id)[TOWN]
    assert (found.state, found.code, found.stuck_at) == (
        DeliveryState.QUARANTINED,
        "unsupported_type",
        TOWN,
    )
    assert words(country, found) == "не понято: узел старой версии (unsupported_type)"


def answered(node: Node, *, result: str, code: str | None) -> None:
    """As if the receipt of the node's child had said so."""
    with node.transaction() as session:
        session.execute(
            update(DownwardRow)
            .where(DownwardRow.type == OF_TYPE)
            .values(result=result, code=code, receipted_at=node.clock())
        )


def test_nothing_is_stated_again_that_has_not_changed(country: Country) -> None:
    issue(country, TOWN)
    country.play(5)
    region = country.nodes[REGION]
    with region.reading() as session:
        before = deliveries.stated_by(session, REGION)
    country.clock.advance(minutes=5)
    # A child that starts anew receipts everything again: that is no news.
    answered(region, result="stored", code=None)
    state_deliveries.run(region)
    exchange.run(region)
    with region.reading() as session:
        assert deliveries.stated_by(session, REGION) == before
        assert len(before) == 1


def test_the_sender_and_the_last_node_state_nothing(country: Country) -> None:
    issue(country, TOWN)
    country.play(5)
    for unit, count in ((TOP, 0), (DISTRICT, 1), (REGION, 1), (TOWN, 0)):
        with country.nodes[unit].reading() as session:
            assert len(deliveries.stated_by(session, unit)) == count


def test_a_sender_in_the_middle_sees_its_own(country: Country) -> None:
    id = issue(country, TOWN, by=REGION)
    country.play(3)
    assert seen(country, id)[TOWN].state is DeliveryState.STORED
    with country.nodes[TOP].reading() as session:
        directory = country.rulebook.directory
        assert deliveries.delivery_of(session, directory, TOP, id) == {}  # it never came there
