"""Migrations and tables say the same, on both databases, from a checkout."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from node.store.base import Base
from node.store.issue_texts import MADE_ASIDE
from node.store.session import open_engine

ROOT = Path(__file__).resolve().parent.parent


def config_for(url: str) -> Config:
    config = Config(toml_file=ROOT / "pyproject.toml")
    config.attributes["url"] = url
    return config


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with no table at all, unlike `database_url`."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    server: str = request.getfixturevalue("postgres_server")
    name = f"m{abs(hash(request.node.nodeid)) % 10**12}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def engine(empty_url: str) -> Iterator[Engine]:
    opened = open_engine(empty_url)
    yield opened
    opened.dispose()


def test_upgrading_an_empty_database_gives_exactly_the_tables_of_the_program(
    empty_url: str, engine: Engine
) -> None:
    command.upgrade(config_for(empty_url), "head")
    made = {name for name in inspect(engine).get_table_names() if not name.startswith(MADE_ASIDE)}
    assert made == {*Base.metadata.tables, "alembic_version"}
    command.check(config_for(empty_url))  # raises and names what differs


def face(engine: Engine) -> set[str]:
    """What the database itself says of its tables: also what `alembic check` does not compare."""
    queries = [SQLITE_FACE] if engine.dialect.name == "sqlite" else POSTGRES_FACE
    with engine.connect() as connection:
        said = [row[0] for query in queries for row in connection.execute(text(query))]
    # The order of constraints inside CREATE TABLE means nothing, nor do the quotes SQLite puts
    # around the name of a table that a migration made anew.
    lines = {
        " ".join(sorted(line.strip(" ,\t").replace('"', "") for line in sql.splitlines()))
        for sql in said
    }
    return {line for line in lines if "alembic_version" not in line}


SQLITE_FACE = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"
POSTGRES_FACE = [
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)"
    " FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
    "SELECT table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable"
    " || ' ' || coalesce(character_maximum_length::text, '') || ' ' || coalesce(column_default, '')"
    " FROM information_schema.columns WHERE table_schema = 'public'",
]


def test_migrations_and_tables_give_the_same_database_to_the_letter(
    empty_url: str, engine: Engine
) -> None:
    """Partial indexes, checks and autoincrement too, which `alembic check` passes over."""
    command.upgrade(config_for(empty_url), "head")
    migrated = face(engine)
    command.downgrade(config_for(empty_url), "base")
    Base.metadata.create_all(engine)
    created = face(engine)
    assert migrated - created == set()
    assert created - migrated == set()


def test_check_sees_a_column_that_no_migration_brings(empty_url: str, engine: Engine) -> None:
    command.upgrade(config_for(empty_url), "head")
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE series ADD COLUMN stray INTEGER"))
    with pytest.raises(Exception, match="stray"):
        command.check(config_for(empty_url))


def test_upgrading_twice_changes_nothing(empty_url: str, engine: Engine) -> None:
    command.upgrade(config_for(empty_url), "head")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO series (name, last) VALUES ('appeal', 41)"))
    command.upgrade(config_for(empty_url), "head")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT last FROM series")).scalar_one() == 41


def test_downgrading_to_nothing_leaves_no_table_of_ours(empty_url: str, engine: Engine) -> None:
    command.upgrade(config_for(empty_url), "head")
    command.downgrade(config_for(empty_url), "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]


def test_an_upgrade_that_fails_leaves_nothing_behind(empty_url: str, engine: Engine) -> None:
    """A table in the way of the first migration: none of those before it may stay."""
    last = list(Base.metadata.sorted_tables)[-1].name
    with engine.begin() as connection:
        connection.execute(text(f'CREATE TABLE "{last}" (id INTEGER)'))
    with pytest.raises(Exception, match=last):
        command.upgrade(config_for(empty_url), "head")
    assert inspect(engine).get_table_names() == [last]


def test_an_open_connection_may_be_handed_over(empty_url: str, engine: Engine) -> None:
    config = config_for("")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if engine.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
    command.check(config_for(empty_url))


def test_the_chain_of_migrations_has_one_end() -> None:
    assert len(ScriptDirectory.from_config(config_for("")).get_heads()) == 1


def test_a_migration_imports_nothing_of_the_program() -> None:
    """It says what the tables were on its day; the program goes on changing."""
    files = sorted((ROOT / "migrations" / "versions").glob("*.py"))
    assert files
    for file in files:
        source = file.read_text(encoding="utf-8")
        assert "import node" not in source, file.name
        assert "from node" not in source, file.name
