"""Put a question or plan a training for units below: kept here, sealed by the next run of the job.

What they answer comes back as help reports; see `answer_help`.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from node.actions.directive_check import whole_seconds
from node.domain.directive import DatedState
from node.domain.errors import Fault, Invalid
from node.domain.help import Help, HelpKind, HelpState
from node.domain.local_day import day_of
from node.domain.new_directive import is_code
from node.domain.new_help import ID_LENGTH, NewHelp, addressees, faults_of_new_help
from node.domain.outgoing_text import tidy
from node.domain.rights import Actor, Right
from node.domain.rulebook import Rulebook
from node.store import help_requests, journal
from node.store.directives import DirectiveRow

__all__ = ["NewHelp", "ask_help", "new_id"]

_ID = re.compile(f"[0-9a-f]{{{ID_LENGTH}}}")


def ask_help(
    session: Session,
    rulebook: Rulebook,
    *,
    me: str,
    new: NewHelp,
    id: str | None = None,
    actor: Actor,
    now: datetime,
) -> str:
    """The id of the new help. With an `id` of `new_id`, made when a form was shown, the same form
    sent twice asks once.

    NoRight. Invalid names every field that cannot be, and every addressee that is unknown or does
    not lie below. On a directive only its own coordinator may ask, as only they may change it.
    """
    known = new.directive is not None and is_code(new.directive)
    directive = session.get(DirectiveRow, new.directive) if known else None
    coordinator = directive.body["coordinator"]["code"] if directive is not None else None
    actor.require(Right.HELP_ASK, unit=me, body=coordinator)
    if id is not None and _is_asked(session, id, me):
        return id
    new = replace(new, title=tidy(new.title), text=tidy(new.text or "") or None)
    directory, today = rulebook.directory, day_of(now, rulebook.directory.zone(me))
    faults = [
        *faults_of_new_help(new, directory, me=me, today=today),
        *_faults_of_directive(new, directive),
    ]
    if faults:
        raise Invalid(*faults)
    to = addressees(new, directory, me=me, today=today)
    help = Help(
        id=id or new_id(),
        issuer=me,
        kind=HelpKind(new.kind),
        to=to,
        directive=new.directive,
        title=new.title,
        text=new.text,
        asked_on=today,
        due_on=new.due_on,
        planned_on=new.planned_on,
        states=(DatedState(HelpState.OPEN, whole_seconds(now)),),
    )
    help_requests.add_help(session, help, at=now, unsealed=True)
    journal.write(
        session,
        action="help_asked",
        subject=help.id,
        actor=actor.name,
        now=now,
        kind=help.kind,
        units=len(to),
        directive=help.directive,
    )
    return help.id


def new_id() -> str:
    """No dot in it: a report's key is the id, a dot and the unit."""
    return secrets.token_hex(ID_LENGTH // 2)


def _is_asked(session: Session, id: str, me: str) -> bool:
    """Whether this very form has been sent before. Invalid: no form of ours had such an id."""
    if not _ID.fullmatch(id):
        raise Invalid(Fault("id", "форма устарела: откройте её заново"))
    row = help_requests.for_change(session, id)
    if row is not None and row.issuer != me:
        raise Invalid(Fault("id", "форма устарела: откройте её заново"))
    return row is not None


def _faults_of_directive(new: NewHelp, directive: DirectiveRow | None) -> list[Fault]:
    if new.directive is None:
        return []
    if directive is None:
        return [Fault("directive", "такого поручения на этом узле нет: проверьте номер")]
    if directive.scenario is not None:
        return [Fault("directive", "это загруженная история: по ней никого не спрашивают")]
    if directive.withdrawn:
        return [Fault("directive", "поручение отозвано: спросите, не связывая с ним")]
    return []
