"""Help that was asked or offered from above, and what addressees said of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Date,
    ForeignKey,
    Index,
    Select,
    String,
    and_,
    delete,
    insert,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from federation.statement import Body
from node.domain.help import Help, HelpReport, HelpState, one_history
from node.domain.new_directive import is_code
from node.store.base import Base, Instant
from node.store.help_bodies import body_of, help_of, report_body, report_of


class HelpRow(Base, kw_only=True):
    """As on the wire; columns beside the body are what lists are sorted and filtered by."""

    __tablename__ = "help"
    __table_args__ = (Index(None, "directive_id"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    directive_id: Mapped[str | None] = mapped_column(String(64), default=None)
    asked_on: Mapped[date] = mapped_column(Date)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)
    unsealed: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class HelpAddresseeRow(Base, kw_only=True):
    """One addressee of a help."""

    __tablename__ = "help_addressee"
    __table_args__ = (Index(None, "unit", "help_id"),)

    help_id: Mapped[str] = mapped_column(ForeignKey("help.id"), primary_key=True)
    unit: Mapped[str] = mapped_column(String(64), primary_key=True)


class HelpReportRow(Base, kw_only=True):
    """The newest word of one origin for one addressee, as on the wire."""

    __tablename__ = "help_report"

    help_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    unit: Mapped[str] = mapped_column(String(64), primary_key=True)
    origin: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)
    unsealed: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class HelpFile:
    """All that is held of one help: reports by unit, the unit's own first."""

    help: Help
    reports: Mapping[str, tuple[HelpReport, ...]]
    version: int

    def history(self, unit: str) -> HelpReport:
        """What has been said for a unit, by whoever spoke; empty when nobody has."""
        return one_history(self.help.id, unit, self.reports.get(unit, ()))


# --- Reading --------------------------------------------------------------------------------------


def load(session: Session, id: str) -> HelpFile | None:
    row = session.get(HelpRow, id, populate_existing=True) if is_code(id) else None
    return _files(session, [row])[0] if row is not None else None


def listed(
    session: Session,
    *,
    kind: str | None = None,
    directive: str | None = None,
    unit: str | None = None,
    after: str | None = None,
    limit: int,
) -> list[HelpFile]:
    """The newest asked first; those after the help `after`. `unit`: only what it was asked.

    An `after` that is not held begins at the beginning: the caller says so before.
    """
    if not all(is_code(one) for one in (directive, unit) if one is not None):
        return []
    query = select(HelpRow)
    if kind is not None:
        query = query.where(HelpRow.kind == kind)
    if directive is not None:
        query = query.where(HelpRow.directive_id == directive)
    if unit is not None:
        query = _addressed_to(query, unit)
    last = session.get(HelpRow, after) if after is not None and is_code(after) else None
    if last is not None:
        query = query.where(
            or_(
                HelpRow.asked_on < last.asked_on,
                and_(HelpRow.asked_on == last.asked_on, HelpRow.id > last.id),
            )
        )
    query = query.order_by(HelpRow.asked_on.desc(), HelpRow.id).limit(limit)
    return _files(session, session.scalars(query).all())


def awaiting(session: Session, unit: str, *, kind: str | None = None) -> list[HelpFile]:
    """What is open and was asked of a unit, the nearest last day first, those without one last."""
    query = _addressed_to(select(HelpRow), unit)
    if kind is not None:
        query = query.where(HelpRow.kind == kind)
    rows = [row for row in session.scalars(query) if _is_open(row)]
    files = _files(session, rows)
    return sorted(files, key=lambda one: (one.help.last_day or date.max, one.help.id))


def of_directive(session: Session, directive_id: str) -> list[HelpFile]:
    """Everything asked on a directive, in the order it was asked: two queries."""
    query = (
        select(HelpRow)
        .where(HelpRow.directive_id == directive_id)
        .order_by(HelpRow.asked_on, HelpRow.id)
    )
    return _files(session, session.scalars(query).all())


def _addressed_to(query: Select[HelpRow], unit: str) -> Select[HelpRow]:
    return query.join(HelpAddresseeRow, HelpAddresseeRow.help_id == HelpRow.id).where(
        HelpAddresseeRow.unit == unit
    )


def _is_open(row: HelpRow) -> bool:
    return bool(row.body["states"][-1]["state"] == HelpState.OPEN)


def _files(session: Session, rows: Sequence[HelpRow]) -> list[HelpFile]:
    reports: dict[str, dict[str, list[HelpReport]]] = defaultdict(lambda: defaultdict(list))
    if rows:
        query = (
            select(HelpReportRow)
            .where(HelpReportRow.help_id.in_([row.id for row in rows]))
            .order_by(HelpReportRow.unit, HelpReportRow.origin)
        )
        for one in session.scalars(query):
            reports[one.help_id][one.unit].append(report_of(one.origin, one.body))
    return [
        HelpFile(
            help=help_of(row.id, row.issuer, row.body),
            reports={
                unit: tuple(sorted(said, key=lambda one: one.on_behalf))
                for unit, said in reports[row.id].items()
            },
            version=row.version,
        )
        for row in rows
    ]


# --- Writing --------------------------------------------------------------------------------------


def for_change(session: Session, id: str) -> HelpRow | None:
    """The row of a help, held until the transaction ends: whoever writes anything on it takes this
    first. SQLite has one writer anyway."""
    if not is_code(id):
        return None  # whatever was typed into an address: not every text can be asked for
    query = select(HelpRow).where(HelpRow.id == id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).first()


def add_help(session: Session, help: Help, *, at: datetime, unsealed: bool) -> None:
    """Keep a help that is not held yet, with its addressees."""
    session.add(
        HelpRow(
            id=help.id,
            issuer=help.issuer,
            kind=help.kind,
            directive_id=help.directive,
            asked_on=help.asked_on,
            body=body_of(help),
            unsealed=unsealed,
            changed_at=at,
        )
    )
    session.flush()
    _address(session, help)


def replace_help(
    session: Session, row: HelpRow, help: Help, *, at: datetime, unsealed: bool
) -> None:
    """Put a new version in the place of the one held."""
    row.kind, row.directive_id, row.asked_on = help.kind, help.directive, help.asked_on
    row.body, row.unsealed, row.changed_at = body_of(help), unsealed, at
    row.version += 1
    session.flush()
    _address(session, help)


def report_held(session: Session, help: str, unit: str, origin: str) -> HelpReport | None:
    """What one origin has said for a unit so far."""
    row = session.get(HelpReportRow, (help, unit, origin), populate_existing=True)
    return report_of(origin, row.body) if row is not None else None


def write_report(session: Session, report: HelpReport, *, issuer: str, at: datetime) -> None:
    """Keep a report written here; it waits to be sealed."""
    row = _report_row(session, report, body=report_body(report, issuer), at=at)
    row.unsealed = True
    session.flush()


def unsealed_helps(session: Session) -> list[HelpRow]:
    return list(session.scalars(select(HelpRow).where(HelpRow.unsealed).order_by(HelpRow.id)))


def unsealed_reports(session: Session) -> list[HelpReportRow]:
    query = select(HelpReportRow).where(HelpReportRow.unsealed)
    return list(session.scalars(query.order_by(HelpReportRow.help_id, HelpReportRow.unit)))


def note_sealed(
    session: Session, helps: Sequence[HelpRow], reports: Sequence[HelpReportRow]
) -> None:
    for help in helps:
        help.unsealed = False
    for report in reports:
        report.unsealed = False
    session.flush()


# --- What other nodes stated ----------------------------------------------------------------------


def take_help(session: Session, help: Help, *, at: datetime) -> None:
    """Hold the newest version of a help, whoever issued it.

    An id belongs to the node that used it first: another's help under the same id is passed over,
    and so is what comes back of an own one that was changed here since.
    """
    row = for_change(session, help.id)
    if row is None:
        add_help(session, help, at=at, unsealed=False)
    elif row.issuer == help.issuer and not row.unsealed:
        replace_help(session, row, help, at=at, unsealed=False)


def take_report(session: Session, report: HelpReport, *, body: Body, at: datetime) -> None:
    """Hold the newest report of an origin. What was changed here since is newer, and stays."""
    row = session.get(HelpReportRow, _key(report), populate_existing=True)
    if row is None or not row.unsealed:
        _report_row(session, report, body=body, at=at)
        session.flush()


def _report_row(session: Session, report: HelpReport, *, body: Body, at: datetime) -> HelpReportRow:
    row = session.get(HelpReportRow, _key(report), populate_existing=True)
    if row is None:
        help, unit, origin = _key(report)
        row = HelpReportRow(
            help_id=help, unit=unit, origin=origin, body=body, version=0, changed_at=at
        )
        session.add(row)
    row.body, row.changed_at = body, at
    row.version += 1
    return row


def _key(report: HelpReport) -> tuple[str, str, str]:
    return report.help, report.unit, report.origin


def _address(session: Session, help: Help) -> None:
    row = HelpAddresseeRow
    session.execute(delete(row).where(row.help_id == help.id))
    session.execute(insert(row), [{"help_id": help.id, "unit": unit} for unit in set(help.to)])
