"""A database that cannot be used is named in a sentence, with no password in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from node.reference import data_dir
from node.store.schema import DatabaseTooNew, DatabaseUnusable, upgrade
from node.store.session import open_engine

MIGRATIONS = data_dir() / "migrations"


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    url = "postgresql://cur:s3cret@127.0.0.1:1/cur"
    with pytest.raises(DatabaseUnusable, match=r"127\.0\.0\.1") as caught:
        upgrade(url, MIGRATIONS)
    assert "s3cret" not in caught.value.message


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "node.sqlite"
    file.write_bytes(b"garbage " * 1000)
    with pytest.raises(DatabaseUnusable, match=r"node\.sqlite"):
        upgrade(f"sqlite:///{file}", MIGRATIONS)
    assert file.read_bytes() == b"garbage " * 1000


def test_a_database_of_a_newer_program_is_not_touched(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'node.sqlite'}"
    upgrade(url, MIGRATIONS)
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseTooNew):
        upgrade(url, MIGRATIONS)
    with engine.connect() as connection:
        version = connection.scalar(text("SELECT version_num FROM alembic_version"))
        assert version == "9999"
    engine.dispose()
