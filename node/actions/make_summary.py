"""Make the summary of one local day of this node from its rows.

What a day counts is in `domain/summary.py`, which days want one now in `domain/local_day.py`;
sealing and sending is the job's part.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from itertools import chain, repeat
from typing import get_args

from sqlalchemy.orm import Session

from federation.histogram import Histogram
from federation.schemas.summary import HISTOGRAM_COUNTER, Status, Summary, SummaryRow
from federation.statement import Body
from node.domain.local_day import bounds
from node.domain.rulebook import Rulebook
from node.domain.summary import Line, gather
from node.store import days, facts


def make_summary(
    session: Session,
    rulebook: Rulebook,
    *,
    unit: str,
    day: date,
    status: Status,
    reason: str | None,
    serves: Callable[[str, date], str],
    now: datetime,
) -> Body:
    """The body of the summary of `day`: the same rows give the same bytes, however they came.

    `serves` names the territory under which this node counts what happened on one that day. Flows
    stand under the topic and territory their issues have now; stocks are those observed at the
    day's end, or of `now` while the day goes on. A day that has ended must have been observed
    (`observe_stocks`): ValueError otherwise, as it would be stated for ever without stocks.
    """
    if status not in get_args(Status):
        raise ValueError(f"a summary is not {status}")
    directory = rulebook.directory
    starts, ends = bounds(day, directory.zone(unit))
    counted = [*facts.flows(session, starts, ends)]
    if now < ends:
        counted += facts.live_stocks(session, now)
    elif days.unobserved(session, [day]):
        raise ValueError(f"the stocks of {day} have not been observed")
    else:
        counted += facts.observed_stocks(session, day)
    lines = gather(
        counted,
        serves=lambda territory: serves(territory, day),
        classifier=rulebook.classifier,
    )
    return Summary(
        day=day,
        status=status,
        reason=reason if status == "restated" else None,
        tz=directory.timezone(unit),
        starts=starts,
        ends=ends,
        zero_report=not lines,
        rows=tuple(
            SummaryRow(territory, topic, line.counters, _histograms(line))
            for (territory, topic), line in lines.items()
        ),
    ).to_body()


def _histograms(line: Line) -> dict[str, Histogram]:
    return {
        name: Histogram.of(
            chain.from_iterable(repeat(minutes, count) for minutes, count in taken.items())
        )
        for name, counter in HISTOGRAM_COUNTER.items()
        if (taken := line.minutes.get(counter))
    }
