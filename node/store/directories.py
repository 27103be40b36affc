"""The directory in force: the one the top has signed, in place of the files of this node.

Which statement stands is asked of the ledger; what a node works by is made of it here, the same in
every process. Whether a received one may stand at all is judged when it comes
(`actions/federation_rules.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from federation.errors import BadStatement
from federation.ledger import State
from federation.schemas.directory import KEY, SignedDirectory
from federation.statement import Body, Envelope, StatementId, Version, parse
from node.domain.directory import Directory, InvalidDirectory, Unit
from node.domain.rulebook import InvalidRulebook, Rulebook
from node.store.membership import membership
from node.store.statements import STATEMENT, held_of

TYPE = "directory"


@dataclass(frozen=True, slots=True)
class Signed:
    """Which signed directory: of whom, in which version, when it was made and came here."""

    origin: str
    version: Version
    made_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class InForce:
    """What a node works by. `signed` None: its files, because no signed directory is held.

    `seen` is the hash of the version that stands: when it is another, there is something to take
    over. `fault` says why the standing version is not the one in force. `kept_out` are units of
    this node's files which the signed directory does not know. They count nowhere: a row of a unit
    the tiers above do not know would have the summary of the whole day refused there.
    """

    rulebook: Rulebook
    signed: Signed | None = None
    seen: str | None = None
    fault: str | None = None
    kept_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A directory that came and was put into quarantine."""

    origin: str
    code: str
    received_at: datetime


def signer(session: Session, me: str) -> str:
    """Whose directory is in force here: the top's of the join token, or one's own at the top."""
    above = membership(session)
    return me if above is None else above.top


def standing(session: Session, me: str) -> str | None:
    """The hash of the version that stands, None when no signed directory is held."""
    row = STATEMENT.c
    return session.execute(
        select(row.sha256).where(*_is(signer(session, me)), row.newest)
    ).scalar_one_or_none()


def in_force(session: Session, files: Rulebook, *, me: str) -> InForce:
    """The newest signed directory that this node can work by, over what its files say.

    One it cannot work by (a tier without a policy file here, its own unit gone) leaves the one
    before it in force, also after a restart.
    """
    row = STATEMENT.c
    query = (
        select(STATEMENT)
        .where(*_is(signer(session, me)), row.state == State.STORED.value, row.data.is_not(None))
        .order_by(row.epoch.desc(), row.rev.desc(), row.sha256.desc())
    )
    seen, fault = None, None
    for found in session.execute(query):
        held = held_of(found)
        assert held.envelope is not None  # asked for above
        seen = seen or held.version.sha256
        try:
            directory = _read(held.envelope)
            rulebook = replace(files, directory=directory)
            if me not in directory:
                raise InvalidDirectory(f"unit {me}, which this node serves, is not in it")
        except (BadStatement, InvalidDirectory, InvalidRulebook) as error:
            fault = fault or str(error)
            continue
        made = Signed(held.id.origin, held.version, held.made_at, held.received_at)
        kept_out = tuple(unit.code for unit in files.directory.units if unit.code not in directory)
        return InForce(rulebook, made, seen, fault, kept_out)
    return InForce(files, None, seen, fault)


def last_refused(session: Session) -> Refused | None:
    """The directory that came last and was not taken, unless a later one stands."""
    row = STATEMENT.c
    found = session.execute(
        select(row.origin, row.state, row.code, row.received_at)
        .where(row.type == TYPE, row.key == KEY)
        .order_by(row.id.desc())
        .limit(1)
    ).first()
    if found is None or found.state != State.QUARANTINED.value:
        return None
    return Refused(found.origin, found.code or "", found.received_at)


# Its bytes name it and nobody changes it: the nodes of one process share it, as they share files.
@lru_cache(maxsize=4)
def _read(envelope: Envelope) -> Directory:
    return directory_of(SignedDirectory.from_body(KEY, parse(envelope).body))


def directory_of(signed: SignedDirectory) -> Directory:
    """The tree of a signed directory. InvalidDirectory when its units form none."""
    return Directory(_unit(facts) for facts in signed.units)


def body_of(directory: Directory) -> Body:
    """What the top signs: every unit, in the order of the directory."""
    return {"units": [_facts(unit) for unit in directory.units]}


def _is(origin: str) -> tuple[Any, ...]:
    row, id = STATEMENT.c, StatementId(origin, TYPE, KEY)
    return row.origin == id.origin, row.type == id.type, row.key == id.key


def _unit(facts: Mapping[str, Any]) -> Unit:
    return Unit(**{**facts, "name_en": facts["name_en"] or ""})


def _facts(unit: Unit) -> Body:
    facts = asdict(unit) | {"name_en": unit.name_en or None}
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in facts.items()
    }
