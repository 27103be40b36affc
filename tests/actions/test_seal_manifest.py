"""Sealing while another process writes: on PostgreSQL, where nothing but a lock orders the two."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from federation.exchange import queue_everything
from federation.incarnation import seal_own, start
from federation.keys import KeyPair
from federation.schemas.manifest import Manifest
from federation.statement import StatementId, parse
from node.actions.seal_manifest import seal_manifest
from node.store.ledger import SqlLedger
from node.store.membership import Membership
from node.store.session import Database, open_engine
from tests.support.locks import wait_until_somebody_waits

ME, PARENT = "RU-MUR", "SZFO"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
TODAY = date(2026, 11, 21)
SIGNER = KeyPair.from_seed(b"s" * 32)


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    opened = Database(open_engine(postgres_url))
    with opened.transaction() as session:
        start(SqlLedger(session), me=ME, parent=None, now=NOW)
    yield opened
    opened.close()


def seal(database: Database, today: date = TODAY) -> None:
    with database.transaction() as session:
        seal_manifest(session, me=ME, today=today, signer=SIGNER, now=NOW)


def a_membership() -> Membership:
    return Membership(
        id=1,
        parent=PARENT,
        url="https://szfo.example",
        dial="https://szfo.example",
        parent_root="p",
        top="RU",
        top_root="t",
        joined_at=NOW,
    )


def test_what_is_sealed_while_the_node_joins_is_queued_for_the_new_parent(
    database: Database,
) -> None:
    with ThreadPoolExecutor() as pool:
        with database.transaction() as session:
            queue_everything(SqlLedger(session), me=ME, below=lambda _: True, now=NOW)
            session.add(a_membership())
            session.flush()
            other = pool.submit(seal, database)
            wait_until_somebody_waits(session)
        other.result(timeout=60)
    with database.reading() as session:
        queued = [entry.id for entry in SqlLedger(session).due(NOW, 10)]
    assert queued == [StatementId(ME, "manifest", TODAY.isoformat())]


def test_what_another_process_seals_meanwhile_is_in_this_manifest_or_the_next(
    database: Database,
) -> None:
    with ThreadPoolExecutor() as pool:
        with database.transaction() as session:
            sealed = seal_own(
                SqlLedger(session),
                me=ME,
                parent=None,
                type="certificate",
                key="47701000",
                body={"any": 1},
                signer=SIGNER,
                now=NOW,
            )
            other = pool.submit(seal, database)
            wait_until_somebody_waits(session)
        other.result(timeout=60)
    seal(database, TODAY + timedelta(days=1))
    days = [(TODAY + timedelta(days=n)).isoformat() for n in range(2)]
    with database.reading() as session:
        ids = [StatementId(ME, "manifest", day) for day in days]
        found = SqlLedger(session).newest(ids)
    listed = [
        entry.sha256
        for id in ids
        if (envelope := found[id].envelope) is not None
        for entry in Manifest.from_body(id.key, parse(envelope).body).entries
    ]
    assert sealed.version.sha256 in listed
