"""One history of one addressee, out of what a coordinator wrote on its behalf and its own report.

A unit without a node is reported on by the coordinator above. Once its own node joins, nothing is
rewritten: what the coordinator read before the unit's first own reading stays, from that day on
the unit speaks for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeVar

from node.domain.directive import CheckIn, PlannedDate, Reading, Report, Step

Entry = TypeVar("Entry", Reading, PlannedDate, Step, CheckIn)

NOTHING = Report(directive="", unit="", origin="", on_behalf=False)
"""The history of an addressee that nobody reported on."""


def one_history(reports: Sequence[Report]) -> Report:
    """What all `reports` on one unit say together; NOTHING when there is none.

    At most one is the unit's own. A coordinator's entries dated before the first own reading
    count, later ones do not; while there is no own reading all of them count. Of several
    coordinators the nearer to the unit goes before where both say the same thing: they come in
    that order. `acknowledged_at` is the unit's own word if there is one. `on_behalf` of the
    answer: nobody but coordinators has reported. Every list of the answer is in order of its days.
    """
    own = next((report for report in reports if not report.on_behalf), None)
    others = [report for report in reports if report.on_behalf]
    if own is None and not others:
        return NOTHING
    first_own = min((reading.as_of for reading in own.readings), default=None) if own else None
    # Nearest last, the unit itself at the end: a later entry takes the place of an earlier one.
    heard = [_before(report, first_own) for report in reversed(others)]
    if own is not None:
        heard.append(own)
    return replace(
        own or others[0],
        acknowledged_at=own.acknowledged_at if own else _acknowledged(others),
        readings=_merged((r.readings for r in heard), lambda r: (r.as_of, r.milestone)),
        planned_on=_merged((r.planned_on for r in heard), lambda planned: planned.as_of),
        steps=_merged(
            (r.steps for r in heard), lambda step: step.id, order=lambda s: (s.added_on, s.id)
        ),
        check_ins=_merged((r.check_ins for r in heard), lambda check_in: check_in.day),
    )


def _before(report: Report, day: date | None) -> Report:
    """The entries of a coordinator's report dated before `day`; all of them when it is None."""
    if day is None:
        return report
    return replace(
        report,
        readings=tuple(reading for reading in report.readings if reading.as_of < day),
        planned_on=tuple(planned for planned in report.planned_on if planned.as_of < day),
        steps=tuple(step for step in report.steps if step.added_on < day),
        check_ins=tuple(check_in for check_in in report.check_ins if check_in.day < day),
    )


def _acknowledged(others: Sequence[Report]) -> datetime | None:
    return next((r.acknowledged_at for r in others if r.acknowledged_at is not None), None)


def _merged(
    lists: Iterable[Sequence[Entry]],
    key: Callable[[Entry], Any],
    order: Callable[[Entry], Any] | None = None,
) -> tuple[Entry, ...]:
    by_key = {key(entry): entry for entries in lists for entry in entries}
    return tuple(sorted(by_key.values(), key=order or key))
