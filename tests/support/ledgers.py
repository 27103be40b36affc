"""Ledgers of both kinds to try the same things on, and statements to put into them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from federation.keys import KeyPair
from federation.ledger import Held, Ledger, State
from federation.statement import Statement, seal
from federation.testing import MemoryLedger
from node.store.ledger import SqlLedger
from node.store.session import Database, open_engine
from node.store.tables import Base

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
KEY = KeyPair.from_seed(bytes(32))

Open = Callable[[], AbstractContextManager[Ledger]]


def opened_of(request: pytest.FixtureRequest) -> Iterator[Open]:
    """For a fixture with the params `KINDS`: opens a transaction on one and the same ledger."""
    if request.param == "memory":
        yield MemoryLedger().transaction
        return
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    else:
        url = f"sqlite:///{request.getfixturevalue('tmp_path') / 'node.sqlite'}"
    engine = open_engine(url, synchronous="OFF")
    Base.metadata.create_all(engine)
    database = Database(engine)

    @contextmanager
    def transaction() -> Iterator[Ledger]:
        with database.transaction() as session:
            yield SqlLedger(session)

    yield transaction
    database.close()


KINDS = ["memory", "sqlite", "postgresql"]


def a_statement(key: str = "2026-11-20", **given: Any) -> Statement:
    facts: dict[str, Any] = {
        "type": "summary",
        "origin": "RU-MUR",
        "key": key,
        "epoch": 100,
        "rev": 1,
        "made_at": NOW,
        "body": {"status": "open"},
        "signer": KEY,
    }
    return seal(**{**facts, **given})


def held(statement: Statement, **given: Any) -> Held:
    facts: dict[str, Any] = {
        "id": statement.id,
        "version": statement.version,
        "envelope": statement.envelope,
        "state": State.STORED,
        "code": None,
        "made_at": statement.made_at,
        "received_at": NOW,
        "received_from": "RU-MUR",
        "newest": True,
    }
    return Held(**{**facts, **given})
