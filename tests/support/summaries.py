"""Summaries of leaves put into a ledger as if they had come, without a federation around them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from itertools import count

from sqlalchemy.orm import Session

from federation.histogram import Histogram
from federation.keys import KeyPair
from federation.ledger import Held, State
from federation.schemas.summary import HISTOGRAM_COUNTER, Summary, SummaryRow, local_day
from federation.statement import seal
from node.store.ledger import SqlLedger
from tests.support.appeals import the_rulebook

REV = count(1)


@cache
def a_key() -> KeyPair:
    return KeyPair.generate()


def a_row(
    territory: str,
    topic: str,
    *,
    minutes: Mapping[str, Iterable[int]] | None = None,
    **counters: int,
) -> SummaryRow:
    """A row; `minutes` by histogram also count as that many of its counter."""
    taken = {name: list(some) for name, some in (minutes or {}).items()}
    for name, some in taken.items():
        counter = HISTOGRAM_COUNTER[name]
        counters[counter] = counters.get(counter, len(some))
    return SummaryRow(
        territory, topic, counters, {name: Histogram.of(some) for name, some in taken.items()}
    )


def stated(
    session: Session,
    origin: str,
    day: date,
    *rows: SummaryRow,
    status: str = "final",
    received_at: datetime | None = None,
    newest: bool = True,
) -> None:
    """A summary of `origin` in the ledger, newer than all before. In time unless said."""
    tz = the_rulebook().directory.timezone(origin)
    starts, ends = local_day(day, tz)
    at = received_at or ends + timedelta(hours=12)
    body = Summary(
        day=day,
        status=status,  # type: ignore[arg-type]
        reason="late" if status == "restated" else None,
        tz=tz,
        starts=starts,
        ends=ends,
        zero_report=not rows,
        rows=rows,
    ).to_body()
    statement = seal(
        type="summary",
        origin=origin,
        key=day.isoformat(),
        epoch=1,
        rev=next(REV),
        made_at=at,
        body=body,
        signer=a_key(),
    )
    held = Held(
        id=statement.id,
        version=statement.version,
        envelope=statement.envelope,
        state=State.STORED,
        code=None,
        made_at=at,
        received_at=at,
        received_from=origin,
        newest=newest,
        open_day=status == "open",
    )
    SqlLedger(session).put([held])
