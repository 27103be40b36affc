"""What stands before every write on a directive: it is here, it may be written to, and by whom.

The row is held to the end of the transaction, so that two coordinators come one after the other.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from node.domain.directive import Directive
from node.domain.errors import Conflict, NotFound
from node.domain.new_directive import NewDirective, is_code, quoted
from node.domain.rights import Actor, NoRight, Right
from node.domain.rulebook import Rulebook
from node.store import journal
from node.store.directive_bodies import directive_of
from node.store.directives import DirectiveRow, for_change


class NoSuchDirective(NotFound):
    """Поручения с таким номером на этом узле нет: проверьте номер или откройте список."""


class OnlyHistory(Conflict):
    """Это поручение загружено как история: в него ничего не записывают."""


class Withdrawn(Conflict):
    """Поручение отозвано: в него больше ничего не записывают."""


class Stale(Conflict):
    """Поручение уже изменил кто-то другой: прочтите его снова и повторите с новой версией."""


def directive_to_write(session: Session, id: str) -> tuple[DirectiveRow, Directive]:
    """The row, held, and its value. NoSuchDirective, OnlyHistory, Withdrawn."""
    row = for_change(session, id) if is_code(id) else None
    if row is None:
        raise NoSuchDirective
    if row.scenario is not None:
        raise OnlyHistory
    directive = directive_of(row.id, row.issuer, row.body)
    if directive.withdrawn:
        state = directive.states[-1]
        raise Withdrawn(
            f"Поручение отозвано {state.at:%d.%m.%Y}: в него больше ничего не записывают.",
            withdrawn_at=state.at.isoformat(),
        )
    return row, directive


def own_directive(
    session: Session, rulebook: Rulebook, *, me: str, id: str, version: int, actor: Actor
) -> tuple[DirectiveRow, Directive]:
    """As `directive_to_write`, of a directive this node issued, still at `version`.

    NoRight for another coordinator; Conflict at any node but the issuer; Stale says who changed it
    and when.
    """
    row, directive = directive_to_write(session, id)
    require_coordinator(actor, Right.DIRECTIVES_ISSUE, me, directive)
    require_issuer(rulebook, row, me)
    if row.version != version:
        zone = rulebook.directory.zone(me)
        entry = journal.last_of(session, id)
        who = f" {entry.actor}" if entry is not None else ""
        at = row.changed_at.astimezone(zone)
        raise Stale(
            f"Поручение уже изменили:{who}, {at:%d.%m.%Y %H:%M} (версия {row.version}). "
            "Прочтите его снова и повторите с новой версией.",
            version=row.version,
            changed_at=row.changed_at.isoformat(),
            changed_by=entry.actor if entry is not None else None,
        )
    return row, directive


def require_coordinator(
    actor: Actor, right: Right, unit: str, directive: Directive | NewDirective
) -> None:
    """NoRight; whoever has the right but for another body is told whose directive it is."""
    body = directive.coordinator
    if actor.may(right, unit=unit) and not actor.may(right, unit=unit, body=body):
        raise NoRight(
            f"Поручение ведёт координатор органа {quoted(directive.coordinator_name)} "
            f"(код {quoted(body)}): координатор другого органа его только читает."
        )
    actor.require(right, unit=unit, body=body)


def require_issuer(rulebook: Rulebook, row: DirectiveRow, me: str) -> None:
    """Conflict at any node but the one that issued it."""
    if row.issuer != me:
        name = rulebook.directory.name(row.issuer)
        raise Conflict(f"Поручение издал узел «{name}» ({row.issuer}): меняют его только там.")


def whole_seconds(moment: datetime) -> datetime:
    """A moment as statements carry it, so that what is kept here is what others will read."""
    return moment.replace(microsecond=0)
