"""Which signed directory is in force, out of what the ledger holds, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from federation.keys import KeyPair
from federation.ledger import Held, State
from federation.schemas.directory import KEY, SignedDirectory
from federation.statement import seal
from node.domain.directory import Directory, InvalidDirectory
from node.domain.rulebook import Rulebook
from node.store import directories
from node.store.ledger import SqlLedger
from node.store.membership import Membership
from node.store.session import Database, Session
from tests.support.appeals import the_rulebook
from tests.support.directories import changed

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
TOP, REGION = "RU", "RU-MUR"
SIGNER = KeyPair.generate()


def hold(
    session: Session,
    directory: Directory,
    *,
    rev: int,
    origin: str = TOP,
    state: State = State.STORED,
    code: str | None = None,
) -> str:
    statement = seal(
        type=directories.TYPE,
        origin=origin,
        key=KEY,
        epoch=1_790_000_000,
        rev=rev,
        made_at=NOW,
        body=directories.body_of(directory),
        signer=SIGNER,
    )
    held = Held(
        id=statement.id,
        version=statement.version,
        envelope=statement.envelope,
        state=state,
        code=code,
        made_at=NOW,
        received_at=NOW,
        received_from="SZFO",
        newest=state is State.STORED,
    )
    SqlLedger(session).put([held])
    return statement.version.sha256


def join(session: Session, *, top: str = TOP) -> None:
    session.add(
        Membership(
            parent="SZFO",
            url="https://cur.example/szfo",
            dial="https://cur.example/szfo",
            parent_root="a" * 43,
            top=top,
            top_root="b" * 43,
            joined_at=NOW,
        )
    )
    session.flush()


def curator(rulebook: Rulebook) -> str | None:
    return rulebook.directory[REGION].curator


def test_the_shipped_directory_survives_being_signed() -> None:
    shipped = the_rulebook().directory
    signed = SignedDirectory.from_body(KEY, directories.body_of(shipped))
    assert directories.directory_of(signed).units == shipped.units


def test_a_tree_that_is_none_is_refused() -> None:
    units = directories.body_of(the_rulebook().directory)["units"]
    units = [unit | {"parent": REGION} if unit["code"] == TOP else unit for unit in units]
    with pytest.raises(InvalidDirectory, match="circle"):
        directories.directory_of(SignedDirectory.from_body(KEY, {"units": units}))


def test_without_a_signed_one_the_files_are_in_force(database: Database) -> None:
    files = the_rulebook()
    with database.transaction() as session:
        assert directories.standing(session, REGION) is None
        found = directories.in_force(session, files, me=REGION)
    assert (found.rulebook, found.signed, found.seen) == (files, None, None)


def test_the_newest_of_the_top_is_in_force(database: Database) -> None:
    files = the_rulebook()
    with database.transaction() as session:
        join(session)
        hold(session, files.directory, rev=1)
        newest = hold(session, changed(files.directory, RU_MUR={"curator": "помощник"}), rev=2)
        hold(session, changed(files.directory, RU_MUR={"curator": "чужой"}), rev=9, origin="SZFO")
        assert directories.standing(session, REGION) == newest
        found = directories.in_force(session, files, me=REGION)
    assert found.signed is not None
    assert (found.signed.origin, found.signed.version.rev, found.seen) == (TOP, 2, newest)
    assert curator(found.rulebook) == "помощник"
    assert curator(files) is None
    assert found.fault is None


def test_another_federations_directory_is_not_ours(database: Database) -> None:
    files = the_rulebook()
    with database.transaction() as session:
        join(session, top="XX")
        hold(session, changed(files.directory, RU_MUR={"curator": "помощник"}), rev=1)
        assert directories.standing(session, REGION) is None
        assert directories.in_force(session, files, me=REGION).signed is None


def test_one_that_cannot_be_worked_by_leaves_the_one_before_in_force(database: Database) -> None:
    files = the_rulebook()
    with database.transaction() as session:
        join(session)
        good = changed(files.directory, RU_MUR={"curator": "помощник"})
        hold(session, good, rev=1)
        newest = hold(session, changed(good, RU_MUR={"tier": "islands"}), rev=2)
        found = directories.in_force(session, files, me=REGION)
    assert found.signed is not None
    assert (found.signed.version.rev, found.seen) == (1, newest)
    assert curator(found.rulebook) == "помощник"
    assert "islands" in (found.fault or "")


def test_units_only_the_files_know_are_named(database: Database) -> None:
    shipped = the_rulebook()
    own = replace(shipped.directory["47730000"], code="47730001")
    files = replace(shipped, directory=changed(shipped.directory, added=[own]))
    with database.transaction() as session:
        join(session)
        hold(session, shipped.directory, rev=1)
        found = directories.in_force(session, files, me=REGION)
    assert found.kept_out == ("47730001",)
    assert "47730001" not in found.rulebook.directory


def test_a_refused_one_is_told_until_another_has_come(database: Database) -> None:
    files = the_rulebook()
    with database.transaction() as session:
        join(session)
        assert directories.last_refused(session) is None
        hold(session, files.directory, rev=1, state=State.QUARANTINED, code="malformed")
        refused = directories.last_refused(session)
        assert refused is not None
        assert (refused.origin, refused.code) == (TOP, "malformed")
        hold(session, files.directory, rev=2)
        assert directories.last_refused(session) is None
