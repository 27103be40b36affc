"""Keep the routing rules of a node: a draft, its publishing, and the return to an older set.

Rules bear on every issue, so whoever keeps them has the right for the whole node: a coordinator of
one sector or agency alone has not.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from node.domain.appeal import faults_of_line
from node.domain.errors import Conflict, Invalid, NotFound
from node.domain.rights import Actor, Right
from node.domain.routing import SHIPPED, RuleSet
from node.domain.routing_check import checked_rules, require_publishable
from node.domain.routing_values import sha256_of, to_json
from node.domain.rulebook import Rulebook
from node.store import journal, routings
from node.store.routings import DRAFT, PUBLISHED, RoutingSet

MAX_NOTE = 1_000


class NoDraft(NotFound):
    """Черновика правил нет: начните его на странице «Маршруты» или сохраните правила через API."""


class NoSuchVersion(NotFound):
    """Такой версии правил на этом узле не было: выберите версию из истории."""


class DraftChanged(Conflict):
    """Черновик правил уже изменил кто-то другой: откройте его снова и повторите."""


class AlreadyInForce(Conflict):
    """Эти правила уже действуют: публиковать нечего."""


def begin_routing_draft(
    session: Session, rulebook: Rulebook, *, unit: str, actor: Actor, now: datetime
) -> RoutingSet:
    """The draft there is, or a new one with the rules in force."""
    actor.require_whole(Right.ROUTING_MANAGE, unit)
    found = routings.draft(session)
    if found is not None:
        return found
    rules = routings.in_force(session, rulebook.routing)
    made = _add_draft(session, rules, None, actor, now)
    journal.write(
        session,
        action="routing_draft_begun",
        subject="routing",
        actor=actor.name,
        now=now,
        based_on=rules.version,
    )
    return made


def save_routing_draft(
    session: Session,
    rulebook: Rulebook,
    *,
    unit: str,
    rules: RuleSet,
    note: str | None,
    revision: int | None,
    actor: Actor,
    now: datetime,
) -> RoutingSet:
    """The draft with these rules. `revision`: of the draft they were made from, None to begin one.

    Invalid by rule and field. DraftChanged names the present revision, also where there is a draft
    already or no more.
    """
    actor.require_whole(Right.ROUTING_MANAGE, unit)
    checked_rules(rules, rulebook, unit)
    note = _checked_note(note)
    found = routings.draft(session)
    if revision is None and found is None:
        kept = _add_draft(session, rules, note, actor, now)
    else:
        kept = _current(found, revision)
        _save(session, kept, rules, note, actor, now)
    journal.write(
        session,
        action="routing_draft_saved",
        subject="routing",
        actor=actor.name,
        now=now,
        revision=kept.revision,
        rules=len(rules.rules),
        sha256=kept.sha256,
    )
    return kept


def discard_routing_draft(
    session: Session, *, unit: str, revision: int, actor: Actor, now: datetime
) -> None:
    """Throw the draft away. NoDraft, DraftChanged."""
    actor.require_whole(Right.ROUTING_MANAGE, unit)
    found = routings.draft(session)
    if found is None:
        raise NoDraft
    session.delete(_current(found, revision))
    session.flush()
    journal.write(
        session, action="routing_draft_discarded", subject="routing", actor=actor.name, now=now
    )


def publish_routing(
    session: Session,
    rulebook: Rulebook,
    *,
    unit: str,
    revision: int,
    note: str | None,
    actor: Actor,
    now: datetime,
) -> RoutingSet:
    """Put the draft in force, under the next version. `note` None keeps the draft's.

    NoDraft, DraftChanged; Invalid by rule and field where a rule could never fire or names what is
    known no longer; AlreadyInForce.
    """
    actor.require_whole(Right.ROUTING_MANAGE, unit)
    found = routings.draft(session)
    if found is None:
        raise NoDraft
    draft = _current(found, revision)
    require_publishable(draft.rules, rulebook, unit)
    if draft.sha256 == _sha256_in_force(session, rulebook):
        raise AlreadyInForce
    version = routings.last_version(session) + 1
    routings.retire(session, now=now)
    try:
        with session.begin_nested():
            changed = routings.save(
                session,
                draft.id,
                revision=revision,
                state=PUBLISHED,
                version=version,
                note=draft.note if note is None else _checked_note(note),
                published_by=actor.name,
                published_at=now,
            )
    except IntegrityError as error:  # another set was published a moment before
        raise DraftChanged from error
    if not changed:
        raise DraftChanged
    session.refresh(draft)
    _journal_published(session, draft, actor, now)
    return draft


def return_to_routing(
    session: Session,
    rulebook: Rulebook,
    *,
    unit: str,
    version: int,
    actor: Actor,
    now: datetime,
) -> RoutingSet | None:
    """Put the rules of an older version in force again, as the next version; the history stays as
    it was. Version 0 are the shipped rules: they need no row, so then None.

    NoSuchVersion; Invalid where what the old rules name is known no longer; AlreadyInForce.
    """
    actor.require_whole(Right.ROUTING_MANAGE, unit)
    if version == SHIPPED:
        if routings.published(session) is None:
            raise AlreadyInForce
        routings.retire(session, now=now)
        journal.write(
            session,
            action="routing_retired",
            subject="routing",
            actor=actor.name,
            now=now,
            version=SHIPPED,
        )
        return None
    old = routings.by_version(session, version)
    if old is None:
        raise NoSuchVersion
    require_publishable(old.rules, rulebook, unit)
    if old.sha256 == _sha256_in_force(session, rulebook):
        raise AlreadyInForce
    next_version = routings.last_version(session) + 1
    routings.retire(session, now=now)
    made = RoutingSet(
        version=next_version,
        state=PUBLISHED,
        body=old.body,
        sha256=old.sha256,
        note=old.note,
        again=version,
        made_by=actor.name,
        made_at=now,
        published_by=actor.name,
        published_at=now,
    )
    _add(session, made)
    _journal_published(session, made, actor, now)
    return made


def _current(found: RoutingSet | None, revision: int | None) -> RoutingSet:
    if found is None:
        raise DraftChanged("Черновика правил больше нет: его опубликовали или убрали.")
    if found.revision != revision:
        raise DraftChanged(revision=found.revision)
    return found


def _save(
    session: Session,
    kept: RoutingSet,
    rules: RuleSet,
    note: str | None,
    actor: Actor,
    now: datetime,
) -> None:
    body = to_json(rules)
    if not routings.save(
        session,
        kept.id,
        revision=kept.revision,
        body=body,
        sha256=sha256_of(body),
        note=note,
        made_by=actor.name,
        made_at=now,
    ):
        raise DraftChanged
    session.refresh(kept)


def _add_draft(
    session: Session, rules: RuleSet, note: str | None, actor: Actor, now: datetime
) -> RoutingSet:
    body = to_json(rules)
    made = RoutingSet(
        state=DRAFT,
        body=body,
        sha256=sha256_of(body),
        note=note,
        made_by=actor.name,
        made_at=now,
    )
    _add(session, made)
    return made


def _add(session: Session, made: RoutingSet) -> None:
    """DraftChanged where somebody else began a draft or published a moment before."""
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as error:
        raise DraftChanged from error


def _sha256_in_force(session: Session, rulebook: Rulebook) -> str:
    found = routings.published(session)
    return found.sha256 if found else sha256_of(to_json(rulebook.routing))


def _checked_note(note: str | None) -> str | None:
    note = (note or "").strip() or None
    faults = tuple(faults_of_line("note", note, MAX_NOTE))
    if faults:
        raise Invalid(*faults)
    return note


def _journal_published(session: Session, made: RoutingSet, actor: Actor, now: datetime) -> None:
    journal.write(
        session,
        action="routing_published",
        subject="routing",
        actor=actor.name,
        now=now,
        version=made.version,
        again=made.again,
        rules=len(made.rules.rules),
        sha256=made.sha256,
    )
