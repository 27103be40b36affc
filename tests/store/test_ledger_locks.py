"""Two processes at one ledger: PostgreSQL, where nothing but a lock orders them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from federation.errors import Refusal
from federation.exchange import note_refusal
from node.store.ledger import SqlLedger
from node.store.session import Database, open_engine
from tests.support.locks import wait_until_somebody_waits

CHILD = "47701000"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    opened = Database(open_engine(postgres_url))
    yield opened
    opened.close()


def test_an_exchange_in_flight_does_not_open_a_link_suspended_meanwhile(
    database: Database,
) -> None:
    def suspend() -> None:
        with database.transaction() as session:
            note_refusal(SqlLedger(session), sender=CHILD, refusal=Refusal("clone", "two run"))

    with ThreadPoolExecutor() as pool:
        with database.transaction() as session:
            ledger = SqlLedger(session)
            ledger.exclusive()
            link = ledger.link(CHILD)
            other = pool.submit(suspend)
            wait_until_somebody_waits(session)
            ledger.save_link(replace(link, heard_in=NOW))
        other.result(timeout=60)
    with database.reading() as session:
        assert SqlLedger(session).link(CHILD).suspended == "clone"
