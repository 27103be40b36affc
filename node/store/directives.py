"""Directives this node issued, was addressed by, relays, or holds as a scenario's history.

The body is kept as it is on the wire, whole; columns beside it are what lists are sorted by.
Versions before the newest stay in the federation's ledger.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import JSON, Date, ForeignKey, Index, Select, String, delete, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from federation.ledger import State
from federation.statement import parse
from node.domain.directive import Directive, Report, RiskMark
from node.domain.new_directive import is_code
from node.store.base import Base, Instant
from node.store.directive_bodies import (
    body_of,
    directive_of,
    marks_body,
    marks_of,
    report_body,
    report_of,
)
from node.store.ledger import history

Row = TypeVar("Row", bound=Base)
"""Any one of the tables below."""


class DirectiveRow(Base, kw_only=True):
    """`version` counts changes here, for two coordinators at once; `unsealed` waits for the job
    that signs it. `scenario` names the shipped history it was loaded from: it never leaves."""

    __tablename__ = "directive"
    __table_args__ = (Index(None, "deadline", "id"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(64))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    deadline: Mapped[date] = mapped_column(Date)
    withdrawn: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    unsealed: Mapped[bool] = mapped_column(default=False)
    scenario: Mapped[str | None] = mapped_column(String(64), default=None)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class DirectiveAddresseeRow(Base, kw_only=True):
    """One addressee of a directive, so that a unit finds what it is told to do."""

    __tablename__ = "directive_addressee"
    __table_args__ = (Index(None, "unit", "directive_id"),)

    directive_id: Mapped[str] = mapped_column(ForeignKey("directive.id"), primary_key=True)
    unit: Mapped[str] = mapped_column(String(64), primary_key=True)


class DirectiveReportRow(Base, kw_only=True):
    """The newest report of one origin on one addressee, as on the wire.

    `version` counts changes made here; 0 where the report was written at another node.
    """

    __tablename__ = "directive_report"

    directive_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    unit: Mapped[str] = mapped_column(String(64), primary_key=True)
    origin: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)
    unsealed: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class DirectiveRiskRow(Base, kw_only=True):
    """A coordinator's marks on one addressee's place in the risk zone, as on the wire."""

    __tablename__ = "directive_risk"

    directive_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    unit: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)
    unsealed: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class DirectiveFile:
    """All that is held of one directive.

    `reports` by unit, the nearest origin first: the unit's own, then coordinators', the issuer's
    last. `report_versions` by unit: how often the report this node itself writes on it was changed.
    """

    directive: Directive
    reports: Mapping[str, tuple[Report, ...]]
    marks: Mapping[str, tuple[RiskMark, ...]]
    version: int
    scenario: str | None
    report_versions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class HeldReport:
    """A report and how often it was changed here (0: it was written elsewhere)."""

    report: Report
    version: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A directive as a list has it."""

    directive: Directive
    version: int
    scenario: str | None


@dataclass(frozen=True, slots=True)
class DirectiveVersion:
    """A signed version of a directive, and when its issuer sealed it."""

    made_at: datetime
    directive: Directive


# --- Reading --------------------------------------------------------------------------------------


def load(session: Session, id: str) -> DirectiveFile | None:
    """One directive with everything on it: three queries, whatever the number of units."""
    return load_all(session, [id]).get(id)


def load_all(session: Session, ids: Sequence[str]) -> dict[str, DirectiveFile]:
    """As `load`, of many: three queries, whatever the number of directives.

    PostgreSQL refuses to look for some texts at all, such as one with a NUL: what can be nobody's
    id is not asked for.
    """
    possible = [id for id in ids if is_code(id)]
    rows = session.scalars(select(DirectiveRow).where(DirectiveRow.id.in_(possible))).all()
    found = {row.id: row for row in rows}
    reports: dict[str, list[DirectiveReportRow]] = defaultdict(list)
    marks: dict[str, dict[str, tuple[RiskMark, ...]]] = defaultdict(dict)
    if found:
        of_report = DirectiveReportRow.directive_id.in_(found)
        for report in session.scalars(select(DirectiveReportRow).where(of_report)):
            reports[report.directive_id].append(report)
        of_risk = DirectiveRiskRow.directive_id.in_(found)
        for risk in session.scalars(select(DirectiveRiskRow).where(of_risk)):
            marks[risk.directive_id][risk.unit] = marks_of(risk.body)
    return {
        id: DirectiveFile(
            directive=directive_of(id, row.issuer, row.body),
            reports=_by_unit(reports[id], row.issuer),
            marks=marks[id],
            version=row.version,
            scenario=row.scenario,
            report_versions={one.unit: one.version for one in reports[id] if one.version},
        )
        for id, row in found.items()
    }


def listed(session: Session, *, unit: str | None = None) -> list[Listed]:
    """Every directive held, the newest issued first; only those addressed to `unit` if given."""
    query = select(DirectiveRow)
    if unit is not None:
        query = query.join(
            DirectiveAddresseeRow, DirectiveAddresseeRow.directive_id == DirectiveRow.id
        ).where(DirectiveAddresseeRow.unit == unit)
    found = [
        Listed(directive_of(row.id, row.issuer, row.body), row.version, row.scenario)
        for row in session.scalars(query)
    ]
    return sorted(found, key=lambda one: (-one.directive.issued_on.toordinal(), one.directive.id))


def versions(session: Session, id: str) -> list[DirectiveVersion]:
    """The signed versions held of a directive, the oldest first.

    What was changed several times between two sealings is one version; a node below holds those
    that reached it, which after an outage is the newest of them.
    """
    row = session.get(DirectiveRow, id)
    if row is None:
        return []
    return [
        DirectiveVersion(held.made_at, directive_of(id, row.issuer, parse(held.envelope).body))
        for held in history(session, row.issuer, "directive", id)
        if held.state is State.STORED and held.envelope is not None
    ]


def reports_on(session: Session, directive: Directive, unit: str) -> list[HeldReport]:
    """Every report held on one addressee, the nearest origin first; one query."""
    query = select(DirectiveReportRow).where(
        DirectiveReportRow.directive_id == directive.id, DirectiveReportRow.unit == unit
    )
    rows = session.scalars(query.execution_options(populate_existing=True)).all()
    return [
        HeldReport(report_of(row.origin, row.body), row.version)
        for row in _nearest_first(rows, directive.issuer)
    ]


def _by_unit(rows: Sequence[DirectiveReportRow], issuer: str) -> dict[str, tuple[Report, ...]]:
    by_unit: dict[str, list[Report]] = {}
    for row in _nearest_first(rows, issuer):
        by_unit.setdefault(row.unit, []).append(report_of(row.origin, row.body))
    return {unit: tuple(reports) for unit, reports in by_unit.items()}


def _nearest_first(rows: Iterable[DirectiveReportRow], issuer: str) -> list[DirectiveReportRow]:
    """The unit's own first, the issuer's last.

    Between them several nodes may have spoken for a unit, one after another: a nearer one takes
    over from the one above (`report_directive`), so that the last changed is the nearest.
    """
    return sorted(
        rows,
        key=lambda row: (
            row.origin != row.unit,
            row.origin == issuer,
            -row.changed_at.timestamp(),
            row.origin,
        ),
    )


# --- Writing --------------------------------------------------------------------------------------


def for_change(session: Session, id: str) -> DirectiveRow | None:
    """The row of a directive, held until the transaction ends.

    Whoever writes anything on a directive takes this first, so that two coordinators come one
    after the other. SQLite has one writer anyway.
    """
    return session.scalars(_held(select(DirectiveRow).where(DirectiveRow.id == id))).first()


def add_directive(
    session: Session,
    directive: Directive,
    *,
    at: datetime,
    unsealed: bool = False,
    scenario: str | None = None,
) -> DirectiveRow:
    """Keep a directive that is not held yet, with its addressees."""
    row = DirectiveRow(
        id=directive.id,
        issuer=directive.issuer,
        body=body_of(directive),
        deadline=directive.deadline,
        withdrawn=directive.withdrawn,
        unsealed=unsealed,
        scenario=scenario,
        changed_at=at,
    )
    session.add(row)
    session.flush()
    _address(session, directive)
    return row


def replace_directive(
    session: Session, row: DirectiveRow, directive: Directive, *, at: datetime, unsealed: bool
) -> None:
    """Put a new version in the place of the one held, addressees too."""
    row.body = body_of(directive)
    row.deadline = directive.deadline
    row.withdrawn = directive.withdrawn
    row.version += 1
    row.unsealed = unsealed
    row.changed_at = at
    session.flush()
    _address(session, directive)


def report_row(
    session: Session, directive: str, unit: str, origin: str
) -> DirectiveReportRow | None:
    return session.get(DirectiveReportRow, (directive, unit, origin), populate_existing=True)


def risk_row(session: Session, directive: str, unit: str) -> DirectiveRiskRow | None:
    return session.get(DirectiveRiskRow, (directive, unit), populate_existing=True)


def write_report(
    session: Session, report: Report, *, issuer: str, at: datetime, unsealed: bool
) -> None:
    """Keep a report written here; one more change of it."""
    body = report_body(report, issuer)
    row = report_row(session, report.directive, report.unit, report.origin)
    if row is None:
        row = DirectiveReportRow(
            directive_id=report.directive,
            unit=report.unit,
            origin=report.origin,
            body=body,
            version=0,
            changed_at=at,
        )
        session.add(row)
    row.body, row.unsealed, row.changed_at = body, unsealed, at
    row.version += 1
    session.flush()


def write_marks(
    session: Session,
    directive: str,
    unit: str,
    marks: Sequence[RiskMark],
    *,
    at: datetime,
    unsealed: bool,
) -> None:
    """Keep all marks on one addressee, made here."""
    body = marks_body(directive, unit, marks)
    row = risk_row(session, directive, unit)
    if row is None:
        row = DirectiveRiskRow(
            directive_id=directive, unit=unit, body=body, version=0, changed_at=at
        )
        session.add(row)
    row.body, row.unsealed, row.changed_at = body, unsealed, at
    row.version += 1
    session.flush()


# --- What waits to be signed ----------------------------------------------------------------------


def something_unsealed(session: Session) -> bool:
    """Whether anything waits: three looks that lock nothing."""
    return any(
        session.scalar(select(row.unsealed).where(row.unsealed).limit(1))
        for row in (DirectiveRow, DirectiveReportRow, DirectiveRiskRow)
    )


def unsealed_directives(session: Session) -> Sequence[DirectiveRow]:
    """Held until the transaction ends, so that no change made meanwhile counts as sealed."""
    query = select(DirectiveRow).where(DirectiveRow.unsealed).order_by(DirectiveRow.id)
    return session.scalars(_held(query)).all()


def unsealed_reports(session: Session) -> Sequence[DirectiveReportRow]:
    """As `unsealed_directives`."""
    row = DirectiveReportRow
    query = select(row).where(row.unsealed).order_by(row.directive_id, row.unit)
    return session.scalars(_held(query)).all()


def unsealed_marks(session: Session) -> Sequence[DirectiveRiskRow]:
    """As `unsealed_directives`."""
    row = DirectiveRiskRow
    query = select(row).where(row.unsealed).order_by(row.directive_id, row.unit)
    return session.scalars(_held(query)).all()


def _held(query: Select[Row]) -> Select[Row]:
    return query.with_for_update().execution_options(populate_existing=True)


def _address(session: Session, directive: Directive) -> None:
    row = DirectiveAddresseeRow
    session.execute(delete(row).where(row.directive_id == directive.id))
    session.execute(
        insert(row), [{"directive_id": directive.id, "unit": unit} for unit in directive.to]
    )
