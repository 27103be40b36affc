"""Issues as routing sees them: one to be decided now, or those of a period decided over again."""

from __future__ import annotations

import re
from collections.abc import Collection, Generator, Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from node.domain.access import EVERYTHING, Sight
from node.domain.errors import Fault, Invalid
from node.domain.issue import State
from node.domain.place_condition import AddressWords
from node.domain.routing import Case, RuleSet, is_ping_pong, passes, returners
from node.domain.routing_comparison import Tried, asks_for_words
from node.store.appeals import Appeal, Resident
from node.store.base import Base, Instant
from node.store.issues import Issue, IssueState
from node.store.sights import in_sight

NEVER_ROUTED = (State.REJECTED.value, State.MERGED.value)
PORTION = 500  # rows fetched at a time while streaming
PLACE = re.compile(r"(\d{4}-\d\d-\d\dT[\d:.]{5,15})_(\d{1,10})", re.ASCII)
MAX_ID = 2**31 - 1  # what the column holds


_APPEALS, _RESIDENTS, _STATES = (
    Base.metadata.tables[kind.__tablename__] for kind in (Appeal, Resident, IssueState)
)
_FIRST_WORDS = (
    select(_APPEALS.c.text, _RESIDENTS.c.address)
    .select_from(_APPEALS.outerjoin(_RESIDENTS, _RESIDENTS.c.appeal_id == _APPEALS.c.id))
    .where(_APPEALS.c.issue_id == bindparam("issue_id"))
    .order_by(_APPEALS.c.received_at, _APPEALS.c.id)
    .limit(1)
)
_MOVES = (
    select(_STATES.c.move, _STATES.c.executor)
    .where(_STATES.c.issue_id == bindparam("issue_id"))
    .order_by(_STATES.c.at, _STATES.c.id)
)


def case_of(session: Session, issue: Issue) -> Case:
    """An issue as it would be routed now: by its first appeal, with all its returns."""
    text, address = session.execute(_FIRST_WORDS, {"issue_id": issue.id}).one()
    moves = session.execute(_MOVES, {"issue_id": issue.id})
    history = passes((move, executor) for move, executor in moves)
    return Case(
        topic=issue.topic,
        territory=issue.territory,
        channel=issue.channel,
        urgency=issue.urgency,
        kind=_kind(issue.formal),
        text=text,
        address=address,
        lat=issue.lat,
        lon=issue.lon,
        complained_of=issue.complained_of,
        returned_by=returners(history),
        to_and_fro=is_ping_pong(history),
    )


def count_since(
    session: Session,
    since: datetime,
    *,
    before: str | None = None,
    shown: Collection[Sight] = (EVERYTHING,),
) -> int:
    """How many issues `cases_since` would give."""
    query = select(func.count()).select_from(Appeal).join(Issue, Issue.id == Appeal.issue_id)
    return session.execute(query.where(*_wanted(since, before, shown))).scalar_one()


def cases_since(
    session: Session,
    since: datetime,
    *,
    sets: Collection[RuleSet],
    before: str | None = None,
    shown: Collection[Sight] = (EVERYTHING,),
) -> Generator[Tried]:
    """Issues whose first appeal came since a moment, the newest first, those after the place
    `before`; but for rejected and merged ones. One query, streamed: a month of a large region is
    a hundred thousand texts. Texts and addresses are read only where some of the `sets` asks for
    them. Close it if it is not read to its end. Invalid: `before` is no place of this list.
    """
    with_text, with_address = asks_for_words(*sets), _asks_for_address(sets)
    columns: tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...] = (
        Appeal.id,
        Appeal.received_at,
        Issue.number,
        Issue.topic,
        Issue.territory,
        Issue.channel,
        Issue.urgency,
        Issue.formal,
        Issue.lat,
        Issue.lon,
        Issue.complained_of,
        Issue.executor,
        (Appeal.text if with_text else literal("")).label("text"),
        (Resident.address if with_address else literal(None)).label("address"),
    )
    query = select(*columns).join(Issue, Issue.id == Appeal.issue_id)
    if with_address:
        query = query.outerjoin(Resident, Resident.appeal_id == Appeal.id)
    query = query.where(*_wanted(since, before, shown))
    query = query.order_by(Appeal.received_at.desc(), Appeal.id.desc())
    with closing(session.execute(query.execution_options(yield_per=PORTION))) as rows:
        for row in rows:
            yield Tried(
                number=row.number,
                case=Case(
                    topic=row.topic,
                    territory=row.territory,
                    channel=row.channel,
                    urgency=row.urgency,
                    kind=_kind(row.formal),
                    text=row.text,
                    address=row.address,
                    lat=row.lat,
                    lon=row.lon,
                    complained_of=row.complained_of,
                ),
                executor=row.executor,
                place=_place(row.received_at, row.id),
            )


def _wanted(
    since: datetime, before: str | None, shown: Collection[Sight]
) -> Iterator[ColumnElement[bool]]:
    yield Appeal.received_at >= since
    if before is not None:
        moment, id = _read_place(before)
        yield tuple_(Appeal.received_at, Appeal.id) < tuple_(literal(moment, Instant), literal(id))
    earlier = aliased(Appeal)
    yield ~(
        select(earlier.id)
        .where(
            earlier.issue_id == Appeal.issue_id,
            tuple_(earlier.received_at, earlier.id) < tuple_(Appeal.received_at, Appeal.id),
        )
        .exists()
    )
    yield Issue.state.not_in(NEVER_ROUTED)
    yield from in_sight(shown)


def _asks_for_address(sets: Collection[RuleSet]) -> bool:
    return any(
        isinstance(rule.conditions.place, AddressWords) for rules in sets for rule in rules.rules
    )


def _kind(formal: bool) -> str:
    return "formal" if formal else "message"


def _place(moment: datetime, id: int) -> str:
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat()}_{id}"


def _read_place(place: str) -> tuple[datetime, int]:
    made = PLACE.fullmatch(place)
    try:
        if made is None or int(made[2]) > MAX_ID:
            raise ValueError
        return datetime.fromisoformat(made[1]).replace(tzinfo=UTC), int(made[2])
    except ValueError as error:
        fault = Fault("before", "такого места в списке нет: возьмите `next` прошлого ответа")
        raise Invalid(fault) from error
