"""Invite a unit below to join: a one-time token, bound to it, for a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from federation.enrolment import make_token, new_secret, token_hash
from federation.keys import thumbprint
from federation.schemas.descriptor import Descriptor
from node.actions.describe_self import own_descriptor
from node.domain.errors import Conflict, Fault, Invalid
from node.domain.rulebook import Rulebook
from node.store import journal
from node.store.membership import Invitation, membership

TERM = timedelta(hours=24)


class NoKeysYet(Conflict):
    """У этого узла ещё нет ключей: запустите его один раз (cur run) или выполните cur keys init."""


def invite_child(
    session: Session,
    rulebook: Rulebook,
    *,
    me: str,
    unit: str,
    starts_on: date,
    actor: str,
    now: datetime,
) -> str:
    """The token. Invalid when `unit` is not directly below; NoKeysYet."""
    directory = rulebook.directory
    if unit not in directory:
        near = ", ".join(directory.nearest(unit))
        raise Invalid(Fault("unit", f"в справочнике нет единицы {unit!r}. Похожие: {near}"))
    parent = directory.parent(unit)
    if parent is None:
        raise Invalid(Fault("unit", f"{unit} – верхняя единица: её узел никто не приглашает"))
    if parent != me:
        raise Invalid(Fault("unit", f"{unit} подчиняется {parent}, а не {me}: приглашает он"))
    descriptor = own_descriptor(session, me)
    if descriptor is None:
        raise NoKeysYet
    own_root = thumbprint(Descriptor.from_body(me, descriptor.body).root)
    above = membership(session)
    secret = new_secret()
    session.add(
        Invitation(
            secret_sha256=token_hash(secret),
            unit=unit,
            starts_on=starts_on,
            created_at=now,
            expires_at=now + TERM,
        )
    )
    journal.write(session, action="child_invited", subject=unit, actor=actor, now=now)
    return make_token(own_root, above.top_root if above else own_root, secret)
