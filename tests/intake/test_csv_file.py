"""Importing a CSV file: every row is taken, known already, or rejected with its reason."""

from __future__ import annotations

import csv
import stat
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from node.domain.profile import Profile
from node.intake.csv_file import ImportResult, UnfitFile, import_file
from node.store import journal
from node.store.appeals import Appeal, Resident
from node.store.days import DirtyDay
from node.store.issues import Issue
from node.store.session import Database
from tests.support.appeals import ELSEWHERE, NOW, TOWN, UNIT, the_rulebook

PROFILE = {
    "columns": {
        "external_id": "id",
        "text": "text",
        "topic": "topic",
        "received_at": "when",
        "contact_email": "mail",
    },
    "defaults": {"channel": "archive"},
    "topics": {"Ямы": "roads.pits"},
}
HEADER = "id,text,topic,when,mail\n"


def profile(**overrides: Any) -> Profile:
    return Profile.from_table("test", PROFILE | overrides, the_rulebook().classifier)


def imported(database: Database, path: Path, **options: Any) -> ImportResult:
    values: dict[str, Any] = {"territory": TOWN, "received_on": date(2026, 11, 10), "now": NOW}
    with_profile = options.pop("profile", None) or profile()
    return import_file(database, the_rulebook(), UNIT, path, with_profile, **values | options)


def a_file(tmp_path: Path, content: str | bytes, name: str = "appeals.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rejected(result: ImportResult) -> list[dict[str, str]]:
    assert result.rejected_path is not None
    limit = csv.field_size_limit(1_000_000)  # the file also holds what was too long to be read
    try:
        with result.rejected_path.open(
            encoding="utf-8", errors="surrogateescape", newline=""
        ) as file:
            return list(csv.DictReader(file))
    finally:
        csv.field_size_limit(limit)


def test_rows_become_appeals_on_their_own_days(database: Database, tmp_path: Path) -> None:
    path = a_file(
        tmp_path,
        "\ufeff" + HEADER + '1,"Яма\nво дворе",ямы,2026-11-01T23:30:00+03:00,a@example.org\n'
        "2,Темно,Свет,,\n",
    )
    result = imported(database, path)
    assert (result.taken, result.already, result.rejected) == (2, 0, 0)
    assert dict(result.without_topic) == {"Свет": 1}
    assert result.rejected_path is None
    assert not path.with_suffix(".rejected.csv").exists()
    with database.reading() as session:
        first, second = session.scalars(select(Appeal).order_by(Appeal.id))
        assert first.text == "Яма\nво дворе"
        assert first.received_at == datetime(2026, 11, 1, 20, 30, tzinfo=UTC)
        assert second.received_at == datetime(2026, 11, 10, 9, 0, tzinfo=UTC)  # local noon
        topics = session.scalars(select(Issue.topic).order_by(Issue.id)).all()
        assert topics == ["roads.pits", "unsorted"]
        assert session.scalars(select(Resident.email)).all() == ["a@example.org"]
        marked = session.execute(select(DirtyDay.day, DirtyDay.reason).order_by(DirtyDay.day))
        assert [tuple(row) for row in marked] == [
            (date(2026, 11, 1), "import"),
            (date(2026, 11, 10), "import"),
        ]
        assert journal.broken_at(session) is None


def test_importing_again_adds_only_what_is_new(database: Database, tmp_path: Path) -> None:
    path = a_file(tmp_path, HEADER + "1,Один,,,\n2,Два,,,\n1,Один ещё раз,,,\n")
    assert (lambda r: (r.taken, r.already))(imported(database, path)) == (2, 1)
    path.write_text(HEADER + "1,Один,,,\n2,Два,,,\n3,Три,,,\n", encoding="utf-8")
    assert (lambda r: (r.taken, r.already))(imported(database, path)) == (1, 2)


def test_rows_without_an_id_are_also_taken_only_once(database: Database, tmp_path: Path) -> None:
    path = a_file(tmp_path, HEADER + ",Темно,,,\n,Темно,,,\n,Сыро,,,\n")
    assert imported(database, path).taken == 3  # two residents may write the same
    again = imported(database, path)
    assert (again.taken, again.already) == (0, 3)


def test_bad_rows_are_kept_with_line_and_reason_and_stop_nothing(
    database: Database, tmp_path: Path
) -> None:
    rows: list[tuple[bytes, str]] = [
        (b"1,\xd0\xaf\xd0\xbc\xd0\xb0,,,\n", ""),
        (b"2,broken \xff\xfe bytes,,,\n", "utf-8"),
        (b"3,nul \x00 byte,,,\n", "NUL"),
        (b"4,too,few\n", "колонок 3, а в заголовке 5"),
        (b"5,too,,,,many\n", "колонок 6"),
        (b"6," + b"x" * 10_001 + b",,,\n", "text: длиннее 10000"),
        (b"7," + b"x" * 140_000 + b",,,\n", "не разбирается"),
        (b"8," + b"x" * 2_000_000 + b",,,\n", "не разбирается"),
        (b"9,,,,\n", "text: пустой"),
        ("10,Из будущего,,2026-11-30T10:00:00+03:00,\n".encode(), "received_at: в будущем"),
        ("11,Когда-то,,вчера,\n".encode(), "received_at: «вчера»"),
        ("12,Год один,,0001-01-01,\n".encode(), "received_at"),
        ("13,Почта,,,не почта\n".encode(), "contact.email"),
        (b"\n", ""),
        (b"14,last,,,\n", ""),
    ]
    path = a_file(tmp_path, HEADER.encode() + b"".join(row for row, _ in rows))
    result = imported(database, path)
    expected = [(line, reason) for line, (_, reason) in enumerate(rows, 2) if reason]
    kept = rejected(result)
    assert (result.taken, result.rejected) == (2, len(expected))
    for row, (line, reason) in zip(kept, expected, strict=True):
        assert row["line"] == str(line)
        assert reason in row["reason"]
    assert kept[0]["text"].encode("utf-8", "surrogateescape") == b"broken \xff\xfe bytes"
    assert len(kept[4]["text"]) == 10_001
    assert result.rejected_path is not None
    assert stat.S_IMODE(result.rejected_path.stat().st_mode) == 0o600


def test_an_unclosed_quote_is_named_by_its_first_line(database: Database, tmp_path: Path) -> None:
    path = a_file(tmp_path, HEADER + '1,Один,,,\n2,"без конца,,,\n3,Три,,,\n')
    result = imported(database, path)
    assert (result.taken, result.rejected) == (1, 1)
    [row] = rejected(result)
    assert row["line"] == "3"
    assert "проверьте кавычки" in row["reason"]


def test_mended_rejected_rows_can_be_imported(database: Database, tmp_path: Path) -> None:
    result = imported(database, a_file(tmp_path, HEADER + "1,,,,\n"))
    assert result.rejected_path is not None
    mended = result.rejected_path.read_text(encoding="utf-8").replace(",1,,", ",1,Яма,")
    again = imported(database, a_file(tmp_path, mended, "mended.csv"))
    assert again.taken == 1


def test_territories_of_other_nodes_are_rejected_by_name(
    database: Database, tmp_path: Path
) -> None:
    with_territory = profile(columns=PROFILE["columns"] | {"territory": "where"})  # type: ignore[operator]
    path = a_file(
        tmp_path,
        f"id,text,topic,when,mail,where\n1,а,,,,{ELSEWHERE}\n2,б,,,,Мурманскк\n3,в,,,,{UNIT}\n",
    )
    result = imported(database, path, profile=with_territory, territory=None)
    assert result.taken == 1
    reasons = [row["reason"] for row in rejected(result)]
    assert "не относится" in reasons[0]
    assert TOWN in reasons[1]


def test_progress_runs_to_the_end_in_batches(database: Database, tmp_path: Path) -> None:
    path = a_file(tmp_path, HEADER + "".join(f"{n},Текст,,,\n" for n in range(1200)))
    seen: list[tuple[int, int]] = []
    result = imported(database, path, progress=lambda done, total: seen.append((done, total)))
    assert result.taken == 1200
    assert len(seen) == 3
    assert seen[-1] == (path.stat().st_size, path.stat().st_size)


@pytest.mark.parametrize(
    ("content", "options", "named"),
    [
        ("", {}, "пуст"),
        ("id,topic\n", {}, "text, when, mail"),
        ("PK\x03\x04\0\0", {}, "в заголовке нет колонок"),
        (HEADER, {"territory": ELSEWHERE}, "--territory"),
        (HEADER, {"territory": "nowhere"}, "--territory"),
        (HEADER, {"territory": None}, "дайте --territory"),
        (HEADER, {"received_on": date(2026, 11, 19)}, "ещё не наступило"),
        (HEADER, {"profile": profile(encoding="utf-16")}, "сохраните как UTF-8"),
        (
            HEADER,
            {
                "received_on": None,
                "profile": profile(columns={"text": "text", "external_id": "id"}),
            },
            "дайте --received-on",
        ),
    ],
)
def test_a_file_that_cannot_be_imported_is_refused_as_a_whole(
    database: Database, tmp_path: Path, content: str, options: dict[str, Any], named: str
) -> None:
    with pytest.raises(UnfitFile, match=named):
        imported(database, a_file(tmp_path, content), **options)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Appeal)) == 0


def test_a_missing_file_is_refused(database: Database, tmp_path: Path) -> None:
    with pytest.raises(UnfitFile, match="не читается"):
        imported(database, tmp_path / "none.csv")
