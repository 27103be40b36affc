"""Versioned sets of routing rules, and the trace each decision left on its issue.

One set is published, one may be a draft; the others are history and stay for ever, since issues
name them. Where none is published the rules shipped with the program are in force: version 0.

How often a rule fires is counted from the traces, by a query: a counter row a rule would be the
one row that every registration of a region waits for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    JSON,
    CheckConstraint,
    CursorResult,
    ForeignKey,
    Index,
    String,
    Text,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from node.domain.routing import Basis, Condition, Decision, RuleSet
from node.domain.routing_values import from_json
from node.store.base import Base, Instant

UNTOLD = (Condition.TOPICS, Condition.RESERVE)
"""Failures that are only counted in a trace: of a hundred rules most are of other topics."""
DRAFT, PUBLISHED, RETIRED = "draft", "published", "retired"


def _only_one(state: str) -> dict[str, Any]:
    condition = text(f"state = '{state}'")
    return {"unique": True, "sqlite_where": condition, "postgresql_where": condition}


class RoutingSet(Base, kw_only=True):
    """`body`: the rules as JSON (`routing_values.py`); `sha256` of it. A published body is never
    changed. `version` is given by publishing; `again`: the version that was published anew as
    this one. `revision` counts the savings of a draft, so that nobody overwrites unseen."""

    __tablename__ = "routing_set"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'published', 'retired')", name="state"),
        Index("ix_routing_set_one_draft", "state", **_only_one(DRAFT)),
        Index("ix_routing_set_one_published", "state", **_only_one(PUBLISHED)),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    version: Mapped[int | None] = mapped_column(unique=True, default=None)
    state: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int] = mapped_column(default=1)
    body: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    note: Mapped[str | None] = mapped_column(String(1000), default=None)
    again: Mapped[int | None] = mapped_column(default=None)
    made_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(Instant)
    published_by: Mapped[str | None] = mapped_column(String(120), default=None)
    published_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    retired_at: Mapped[datetime | None] = mapped_column(Instant, default=None)

    @property
    def rules(self) -> RuleSet:
        return from_json(self.body, self.version)


class IssueRoute(Base, kw_only=True):
    """How an executor was found for an issue: append-only. `version`: of the set, 0 the shipped.

    `trail`: what was tried, without what is `UNTOLD`, as [by, rule, executor, failed];
    `passed_over`: how many rules that leaves out.
    """

    __tablename__ = "issue_route"
    __table_args__ = (Index(None, "issue_id", "id"), Index(None, "decided_at", "basis", "rule"))

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"))
    version: Mapped[int]
    basis: Mapped[str] = mapped_column(String(16))
    rule: Mapped[str | None] = mapped_column(String(64), default=None)
    executor: Mapped[str | None] = mapped_column(String(64), default=None)
    to_and_fro: Mapped[bool] = mapped_column(default=False)
    passed_over: Mapped[int] = mapped_column(default=0)
    trail: Mapped[list[Any]] = mapped_column(JSON)
    decided_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Hits:
    """On how many issues each rule fired in a period; and how many went otherwise, by their basis.

    An issue is decided at its registration, its admission and whenever its topic changes: it counts
    once for each rule that ever fired on it.
    """

    rules: dict[str, int]
    otherwise: dict[Basis, int]


_read: dict[str, RuleSet] = {}
_MOST_READ = 16


_SETS = Base.metadata.tables[RoutingSet.__tablename__]
_PUBLISHED = select(_SETS.c.id, _SETS.c.version, _SETS.c.sha256).where(_SETS.c.state == PUBLISHED)


def in_force(session: Session, shipped: RuleSet) -> RuleSet:
    """The rules to decide by now. One short query: bodies are read once a process and kept by
    their hash, so what is kept is never out of date."""
    found = session.execute(_PUBLISHED).first()
    if found is None:
        return shipped
    key = f"{found.version}:{found.sha256}"
    known = _read.get(key)
    if known is None:
        body = session.execute(
            select(RoutingSet.body).where(RoutingSet.id == found.id)
        ).scalar_one()
        if len(_read) >= _MOST_READ:
            _read.clear()
        known = _read[key] = from_json(body, found.version)
    return known


def published(session: Session) -> RoutingSet | None:
    return session.scalars(select(RoutingSet).where(RoutingSet.state == PUBLISHED)).first()


def draft(session: Session) -> RoutingSet | None:
    return session.scalars(select(RoutingSet).where(RoutingSet.state == DRAFT)).first()


def by_version(session: Session, version: int) -> RoutingSet | None:
    return session.scalars(select(RoutingSet).where(RoutingSet.version == version)).first()


def history(session: Session, *, limit: int) -> Sequence[RoutingSet]:
    """Every set ever published, the newest first."""
    query = select(RoutingSet).where(RoutingSet.version.is_not(None))
    return session.scalars(query.order_by(RoutingSet.version.desc()).limit(limit)).all()


def last_version(session: Session) -> int:
    """0 where nothing was ever published."""
    return session.execute(select(func.max(RoutingSet.version))).scalar_one() or 0


def save(session: Session, id: int, *, revision: int, **values: Any) -> bool:
    """Write a draft anew if it is still at `revision`; False when somebody was first."""
    result = session.execute(
        update(RoutingSet)
        .where(RoutingSet.id == id, RoutingSet.revision == revision, RoutingSet.state == DRAFT)
        .values(revision=revision + 1, **values)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", result).rowcount == 1


def retire(session: Session, *, now: datetime) -> None:
    """Put the published set, if there is one, into the history."""
    session.execute(
        update(RoutingSet)
        .where(RoutingSet.state == PUBLISHED)
        .values(state=RETIRED, retired_at=now)
    )


_NEW_ROUTES = insert(Base.metadata.tables[IssueRoute.__tablename__])


def record(session: Session, decisions: Iterable[tuple[int, Decision]], *, now: datetime) -> None:
    """Append the trace of decisions on issues (by id): one statement for any number of them."""
    rows = [_row(issue_id, decision, now) for issue_id, decision in decisions]
    if rows:
        session.execute(_NEW_ROUTES, rows)


def routes_of(session: Session, issue_id: int) -> Sequence[IssueRoute]:
    """Every decision on an issue, the first one first."""
    return session.scalars(
        select(IssueRoute).where(IssueRoute.issue_id == issue_id).order_by(IssueRoute.id)
    ).all()


def hits(session: Session, *, since: datetime) -> Hits:
    """On how many issues each rule fired since a moment, under whatever version."""
    counted = session.execute(
        select(IssueRoute.basis, IssueRoute.rule, func.count(IssueRoute.issue_id.distinct()))
        .where(IssueRoute.decided_at >= since)
        .group_by(IssueRoute.basis, IssueRoute.rule)
    )
    found = Hits({}, {})
    for basis, rule, count in counted:
        if rule is not None:
            found.rules[rule] = found.rules.get(rule, 0) + count
        else:
            found.otherwise[Basis(basis)] = count
    return found


def _row(issue_id: int, decision: Decision, now: datetime) -> dict[str, Any]:
    if decision.version is None:
        raise ValueError("a draft decides nothing")
    told = [step for step in decision.trail if step.failed not in UNTOLD]
    return {
        "issue_id": issue_id,
        "version": decision.version,
        "basis": decision.basis.value,
        "rule": decision.rule,
        "executor": decision.executor,
        "to_and_fro": decision.to_and_fro,
        "passed_over": len(decision.trail) - len(told),
        "trail": [
            [step.by.value, step.rule, step.executor, step.failed and step.failed.value]
            for step in told
        ],
        "decided_at": now,
    }
