"""Sign the directory and let it go down: from then on every node below works by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from federation.errors import BadStatement
from federation.incarnation import NotSealingYet, seal_own
from federation.keys import KeyPair
from federation.schemas.directory import KEY, SignedDirectory
from federation.statement import Statement
from node.domain.errors import Conflict, Fault, Invalid
from node.domain.rights import Actor, Right
from node.domain.rulebook import Rulebook
from node.store import coverage, directories, journal
from node.store.ledger import SqlLedger


class NotTheTop(Conflict):
    """Справочник подписывает и рассылает только самый верхний узел."""


class NotStartedYet(Conflict):
    """Узел ещё ни разу не запускался, подписывать нечем: запустите его (cur run) и повторите."""


class UnitsWithNodes(Conflict):
    """Из справочника пропали территории, у которых есть или был узел."""


@dataclass(frozen=True, slots=True)
class Published:
    """The statement that stands now; `sealed` False: it said the same already."""

    statement: Statement
    sealed: bool


def publish_directory(
    session: Session,
    rulebook: Rulebook,
    *,
    me: str,
    signer: KeyPair,
    actor: Actor,
    now: datetime,
) -> Published:
    """Seal the directory of `rulebook`, which is as the files of this node say it.

    NotTheTop below a parent; Invalid for what cannot be signed, by unit; UnitsWithNodes when a unit
    with figures is missing from the files: it is closed by its dates, never taken out.
    """
    actor.require(Right.NODE_MANAGE, unit=me)
    directory = rulebook.directory
    above = directory.ancestors(me)
    if above:
        top = directory[above[-1]]
        raise NotTheTop(f"{NotTheTop.__doc__} Здесь это {top.name} ({top.code}): обратитесь туда.")
    strangers = [root.code for root in directory.roots if root.code != me]
    if strangers:
        raise Invalid(Fault("parent", f"без вышестоящей единицы, кроме {me}: {_some(strangers)}"))
    lost = sorted(unit for unit in coverage.services(session) if unit not in directory)
    if lost:
        raise UnitsWithNodes(
            f"{UnitsWithNodes.__doc__} Верните их в файл единиц, а если они упразднены, впишите "
            f"дату в closed_on и node_until: {_some(lost)}."
        )
    body = directories.body_of(directory)
    try:
        SignedDirectory.from_body(KEY, body)
    except BadStatement as error:
        raise Invalid(Fault("units", f"так справочник подписать нельзя: {error}")) from error
    before = directories.standing(session, me)
    try:
        statement = seal_own(
            SqlLedger(session),
            me=me,
            parent=None,
            type=directories.TYPE,
            key=KEY,
            body=body,
            signer=signer,
            now=now,
        )
    except NotSealingYet as error:
        raise NotStartedYet from error
    except ValueError as error:
        raise Invalid(
            Fault("units", f"справочник слишком велик, чтобы разослать: {error}")
        ) from error
    sealed = statement.version.sha256 != before
    if sealed:
        journal.write(
            session,
            action="directory_published",
            subject=me,
            actor=str(actor),
            now=now,
            units=len(directory),
            epoch=statement.epoch,
            rev=statement.rev,
        )
    return Published(statement, sealed)


def _some(codes: list[str]) -> str:
    """The first few of many codes."""
    shown = ", ".join(codes[:10])
    return shown if len(codes) <= 10 else f"{shown} и ещё {len(codes) - 10}"
