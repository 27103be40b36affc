"""The real file: two thousand messages of Kursk residents, where the data lie on this machine."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from node.intake.csv_file import import_file
from node.reference import load_profile
from node.store import journal
from node.store.appeals import Appeal
from node.store.issues import Issue
from node.store.session import Database
from tests.support.appeals import NOW, the_rulebook

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def kursk_file() -> Path:
    folder = Path(os.environ.get("CUR_DATA") or ROOT.parent / "shared" / "data")
    file = folder / "kursk_appeals.csv"
    if not file.exists():
        pytest.skip(f"no {file.name} in {folder}: set CUR_DATA to the folder that holds it")
    return file


def test_all_rows_are_taken_once_and_nearly_all_get_a_topic(
    database: Database, kursk_file: Path, tmp_path: Path
) -> None:
    rulebook = the_rulebook()
    unit = "RU-KRS"
    profile = load_profile("kursk", rulebook.classifier)

    def run() -> tuple[int, int, int]:
        result = import_file(
            database,
            rulebook,
            unit,
            kursk_file,
            profile,
            territory=unit,
            received_on=date(2026, 11, 17),
            rejected_path=tmp_path / "rejected.csv",
            now=NOW,
        )
        return result.taken, result.already, result.rejected

    assert run() == (2000, 0, 0)
    assert run() == (0, 2000, 0)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Appeal)) == 2000
        sorted_ = select(func.count()).select_from(Issue).where(Issue.topic != "unsorted")
        assert (session.scalar(sorted_) or 0) >= 1900
        assert journal.broken_at(session) is None
