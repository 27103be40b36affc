"""Whatever bytes a file holds: every row is taken or kept aside, and a second run adds none."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text

from node.domain.profile import Profile
from node.intake.csv_file import ImportResult, UnfitFile, import_file
from node.store.appeals import Appeal, Resident
from node.store.session import Database, open_engine
from node.store.tables import Base
from tests.support.appeals import NOW, TOWN, UNIT, the_rulebook

HEADER = b"id,text,topic\n"
TABLE = {
    "columns": {"external_id": "id", "text": "text", "topic": "topic"},
    "defaults": {"channel": "archive"},
}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('db') / 'x'}", synchronous="OFF")
    Base.metadata.create_all(engine)
    with engine.begin() as connection:  # a scratch database, emptied after each example
        refusing = (
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_no_delete'"
        )
        for name in connection.scalars(text(refusing)).all():
            connection.execute(text(f'DROP TRIGGER "{name}"'))
    return Database(engine)


def imported(database: Database, path: Path, **table: object) -> ImportResult:
    chosen = Profile.from_table("garbage", TABLE | table, the_rulebook().classifier)
    return import_file(
        database,
        the_rulebook(),
        UNIT,
        path,
        chosen,
        territory=TOWN,
        received_on=date(2026, 11, 10),
        now=NOW,
    )


def taken_texts(database: Database) -> list[str]:
    with database.reading() as session:
        rows = session.execute(select(Appeal.external_id, Appeal.text)).all()
    return [f"{row.external_id} {row.text}" for row in rows]


def kept_aside(result: ImportResult) -> str:
    if result.rejected_path is None:
        return ""
    return result.rejected_path.read_bytes().decode("utf-8", "surrogateescape")


def emptied(database: Database) -> None:
    with database.transaction() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(delete(table))


JUNK = st.one_of(
    st.sampled_from([b"", b'"', b'""', b",", b",,", b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\r"]),
    st.sampled_from([b" ", b"=1+1", b"\xef\xbb\xbf", b";", b"\t", b"x" * 10_001]),
    st.binary(max_size=6).filter(lambda data: b"\n" not in data),
)
LINES = st.lists(st.tuples(JUNK, JUNK, st.sampled_from([b"\n", b"\r\n"])), max_size=8)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(LINES, st.booleans())
def test_no_row_is_lost_and_none_is_taken_twice(
    database: Database, tmp_path: Path, lines: list[tuple[bytes, bytes, bytes]], cut: bool
) -> None:
    emptied(database)
    content = HEADER
    for number, (before, after, end) in enumerate(lines):
        content += b"%d,%sm%dm%s," % (number, before, number, after) + end
    path = tmp_path / "appeals.csv"
    path.write_bytes(content[:-1] if cut else content)
    path.with_suffix(".rejected.csv").unlink(missing_ok=True)
    first = imported(database, path)
    found, aside = taken_texts(database), kept_aside(first)
    for number in range(len(lines)):
        marker = f"m{number}m"
        assert any(marker in text for text in found) or marker in aside, marker
    assert len(found) == first.taken
    again = imported(database, path)
    assert (again.taken, again.already, again.rejected) == (0, first.taken, first.rejected)
    assert kept_aside(again) == aside


def test_a_giant_cell_and_an_open_quote_leave_the_rows_before_them_taken(
    database: Database, tmp_path: Path
) -> None:
    emptied(database)
    path = tmp_path / "appeals.csv"
    giant = b"2," + b"x" * 5 * 1024 * 1024 + b",\n"
    rest = b"".join(
        b'%d,"m%d,\n' % (n, n) if n == 4 else b"%d,m%d,\n" % (n, n) for n in range(3, 9)
    )
    path.write_bytes(HEADER + b"1,m1,\n" + giant + rest)
    result = imported(database, path)
    assert [text.split()[0] for text in taken_texts(database)] == ["1", "3"]
    assert result.rejected == 2
    aside = kept_aside(result)
    assert len(aside) < 100_000  # five megabytes of nothing are not copied
    assert all(f"m{number}" in aside for number in range(4, 9))


@pytest.mark.parametrize(
    "content",
    [b"\xef\xbb\xbfid,text,topic\r\n1,a,\r\n2,b,\r\n", b'"id","text","topic"\n1,a,\n\n\n2,b,'],
    ids=["BOM and CRLF", "quotes, blank lines, no last line end"],
)
def test_what_spreadsheets_write_is_read(
    database: Database, tmp_path: Path, content: bytes
) -> None:
    emptied(database)
    path = tmp_path / "appeals.csv"
    path.write_bytes(content)
    assert imported(database, path).taken == 2
    assert taken_texts(database) == ["1 a", "2 b"]


def test_a_header_alone_is_a_file_of_no_rows(database: Database, tmp_path: Path) -> None:
    emptied(database)
    path = tmp_path / "appeals.csv"
    path.write_bytes(HEADER)
    result = imported(database, path)
    assert (result.taken, result.already, result.rejected) == (0, 0, 0)
    assert result.rejected_path is None


def test_semicolons_are_refused_with_a_hint_and_read_by_a_profile_that_names_them(
    database: Database, tmp_path: Path
) -> None:
    emptied(database)
    path = tmp_path / "appeals.csv"
    path.write_bytes(b"id;text;topic\n1;a;\n")
    with pytest.raises(UnfitFile, match="разделитель"):
        imported(database, path)
    assert imported(database, path, delimiter=";").taken == 1


def test_a_file_of_nothing_but_zeros_is_refused_as_a_whole(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "appeals.csv"
    path.write_bytes(bytes(100_000))
    with pytest.raises(UnfitFile):
        imported(database, path)


def test_a_folder_is_refused_as_a_file(database: Database, tmp_path: Path) -> None:
    with pytest.raises(UnfitFile, match="не читается"):
        imported(database, tmp_path)


def test_the_rejected_file_opens_as_a_table(database: Database, tmp_path: Path) -> None:
    emptied(database)
    path = tmp_path / "appeals.csv"
    path.write_bytes(HEADER + b"1,,\n2,\xff,\n3\n")
    result = imported(database, path)
    assert result.rejected_path is not None
    with result.rejected_path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["line"] for row in rows] == ["2", "3", "4"]
    assert all(row["reason"] for row in rows)
    with database.reading() as session:
        assert session.scalars(select(Resident.appeal_id)).all() == []
