"""Many issues for a measurement: lives that were really lived, copied by doubling.

Of each issue its own row, its appeal, its states, deadlines and counted flows are copied, under
numbers of their own. That is what a register of closed issues weighs to a new one.
"""

from __future__ import annotations

from sqlalchemy import Table, func, insert, literal, select
from sqlalchemy import cast as as_type
from sqlalchemy.types import String

from node.store.session import Database, Session
from node.store.tables import Base

COPIED = ("issue", "appeal", "issue_state", "issue_deadline", "issue_flow")
UNIQUE = {"number", "status_key"}


def fill(database: Database, wanted: int) -> int:
    """Copy the closed issues there are until there are `wanted`; how many there are then."""
    tables = [Base.metadata.tables[name] for name in COPIED]
    issue = tables[0]
    with database.reading() as session:
        there = session.scalar(select(func.count()).select_from(issue)) or 0
    if not there:
        raise ValueError("nothing to copy: let some issues live first")
    while there < wanted:
        portion = min(there, wanted - there)
        with database.transaction() as session:
            lowest = session.scalar(select(func.min(issue.c.id))) or 0
            top = session.scalar(
                select(
                    func.max(select(issue.c.id).order_by(issue.c.id).limit(portion).subquery().c.id)
                )
            )
            shift = (session.scalar(select(func.max(issue.c.id))) or 0) - lowest + 1
            for table in tables:
                _copy(session, table, shift, int(top or 0))
            there = session.scalar(select(func.count()).select_from(issue)) or 0
    with database.transaction() as session:
        if session.get_bind().dialect.name == "postgresql":
            for table in tables:
                highest = select(func.max(table.c.id)).scalar_subquery()
                session.execute(
                    select(func.setval(func.pg_get_serial_sequence(table.name, "id"), highest))
                )
    return there


def _copy(session: Session, table: Table, shift: int, top: int) -> None:
    """The rows of `table` that belong to issues up to `top`, for issues `shift` further on."""
    owner = table.c.id if table.name == "issue" else table.c.issue_id
    own_shift = shift
    if table.name != "issue":
        own_shift = session.scalar(select(func.max(table.c.id))) or 0
    columns = []
    stored = [column for column in table.columns if column.computed is None]
    for column in stored:
        if column.name == "id":
            columns.append(table.c.id + own_shift)
        elif column.name == "issue_id":
            columns.append(table.c.issue_id + shift)
        elif column.name in UNIQUE:
            columns.append(literal("copy-") + as_type(table.c.id + own_shift, String(20)))
        else:
            columns.append(column)
    names = [column.name for column in stored]
    session.execute(insert(table).from_select(names, select(*columns).where(owner <= top)))
