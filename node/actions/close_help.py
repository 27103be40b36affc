"""End a help: closed when it has served its purpose, withdrawn when it should not have been asked.

Both stay readable with all that was answered; addressees are told by its next version.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from node.actions.directive_check import whole_seconds
from node.actions.help_check import NoSuchHelp
from node.domain.directive import DatedState
from node.domain.errors import Conflict, Fault, Invalid
from node.domain.help import HelpState
from node.domain.outgoing_text import faults_of_outgoing_text, tidy
from node.domain.rights import Actor, Right
from node.store import help_requests, journal
from node.store.help_bodies import help_of

ENDS = (HelpState.CLOSED, HelpState.WITHDRAWN)


class NotOurs(Conflict):
    """Закрывает и отзывает тот узел, который спросил."""


class AlreadyEnded(Conflict):
    """Уже закрыто или отозвано: менять больше нечего."""


class Stale(Conflict):
    """Пока вы работали, это изменил кто-то другой: прочтите снова и повторите."""


def close_help(
    session: Session,
    *,
    me: str,
    id: str,
    version: int,
    state: str,
    reason: str | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Close or withdraw what this node asked, if it is still at `version`.

    NoRight, NoSuchHelp, NotOurs, AlreadyEnded, Stale; Invalid: an unknown state, no reason for a
    withdrawal, a reason that must not leave the node.
    """
    actor.require(Right.HELP_ASK, unit=me)
    row = help_requests.for_change(session, id)
    if row is None:
        raise NoSuchHelp
    help = help_of(row.id, row.issuer, row.body)
    if help.issuer != me:
        raise NotOurs
    if not help.is_open:
        raise AlreadyEnded(state=help.state.value, version=row.version)
    if row.version != version:
        raise Stale(state=help.state.value, version=row.version)
    reason = tidy(reason or "") or None
    faults = _faults(state, reason)
    if faults:
        raise Invalid(*faults)
    ended = DatedState(state, whole_seconds(now), reason)
    help_requests.replace_help(
        session, row, replace(help, states=(*help.states, ended)), at=now, unsealed=True
    )
    journal.write(
        session,
        action=f"help_{state}",
        subject=id,
        actor=actor.name,
        now=now,
        version=row.version,
    )


def _faults(state: str, reason: str | None) -> list[Fault]:
    faults: list[Fault] = []
    if state not in ENDS:
        faults.append(Fault("state", f"так не заканчивают; можно: {', '.join(ENDS)}"))
    if reason is not None:
        faults += faults_of_outgoing_text("reason", reason)
    elif state == HelpState.WITHDRAWN:
        faults.append(Fault("reason", "назовите причину: её увидят все, кого спросили"))
    return faults
