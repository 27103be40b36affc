"""Fixtures every test may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings

from node.store.session import Database, open_engine
from node.store.tables import Base
from tests.support.postgres import temporary_postgres

# By default an example must end within 200 ms: that measures the machine and not the program.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

ROOT = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("CUR_PROVE") == "1":
        return
    skip = pytest.mark.skip(reason="a slow proof: run with CUR_PROVE=1")
    for item in items:
        if "prove" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """One server a test process, with a template database that has every table."""
    with temporary_postgres() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE template_cur")
        engine = open_engine(url.replace("/postgres?", "/template_cur?"))
        Base.metadata.create_all(engine)
        engine.dispose()
        yield url


@pytest.fixture(scope="session")
def postgres_database(postgres_server: str) -> str:
    """The URL of the one database that the tests of this process take in turns."""
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE in_turns TEMPLATE template_cur")
    return postgres_server.replace("/postgres?", "/in_turns?")


@pytest.fixture
def postgres_url(postgres_database: str) -> str:
    """A PostgreSQL database with every table of the program, no other, and not a row in any.

    Emptied before each test: taking a few rows out costs 5 ms, a fresh copy of the template 400.
    """
    with psycopg.connect(postgres_database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")  # no foreign keys
            tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            for (table,) in connection.execute(tables).fetchall():
                ours = table in Base.metadata.tables
                connection.execute(f'{"DELETE FROM" if ours else "DROP TABLE"} "{table}"')
            connection.execute(
                "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"
            )
    return postgres_database


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database with every table; the test runs once on each kind."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_url")
        return url
    url = f"sqlite:///{tmp_path / 'node.sqlite'}"
    engine = open_engine(url, synchronous="OFF")
    Base.metadata.create_all(engine)
    engine.dispose()
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database with every table, on SQLite and on PostgreSQL."""
    opened = Database(open_engine(database_url, synchronous="OFF"))
    yield opened
    opened.close()
