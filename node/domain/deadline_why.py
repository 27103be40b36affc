"""Why a deadline falls just then: the arithmetic in JSON values, kept with the deadline.

Nothing here decides a deadline; it retells what `deadline_term.py` and `working_time.py` counted.
`web/locale/deadline_words.py` puts it into Russian. Moments are ISO 8601 in the zone counted in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from node.domain.deadline_norm import Norm
from node.domain.deadline_term import Term, TermUnit, begins_within
from node.domain.working_time import DAY, MINUTE, Off, Span, WorkingCalendar, merged

Json = str | int | bool | None | Sequence["Json"] | Mapping[str, "Json"]

Why = Mapping[str, Json]
"""The arithmetic behind a deadline in values.

Always: `norm`, `norm_name`, `basis` (a `Basis`), `zone`, `starts_at`, `due_at`. By what is counted:

- `term` as written; `counted`: "clock" or "working" with `minutes`, "days" or "working_days" with
  `days`, "promise" with `until`;
- working time: `opens`, `closes`, `counted_from`, `worked` ([{day, minutes}], up to ten days);
- `skipped`: days not counted, [{from, until, why: weekend | holiday | moved, name?, moved?}], both
  ends included; `shortened`: [day]; of whole days `last_day`, and `last_day_off` when it is one;
- `pauses`: [{from, until, minutes | days}] left out; `fixed`: true when no pause may move it;
- `calendar_uncertain`: years whose days off moved by decree are not known.
"""

SHOWN_DAYS = 10


class Basis(StrEnum):
    """From what moment a term runs."""

    ARRIVAL = "arrival"
    REGISTRATION = "registration"
    NOT_REGISTERED = "not_registered"  # from the arrival until there is a registration
    REOPENING = "reopening"
    INTERIM = "interim"


def why_term(
    norm: Norm,
    term: Term,
    calendar: WorkingCalendar,
    *,
    starts_at: datetime,
    due_at: datetime,
    pauses: Sequence[Span],
    basis: Basis,
    fixed: bool,
) -> Why:
    """Of a deadline that a term set."""
    why: dict[str, Json] = _common(norm, calendar, starts_at, due_at, basis)
    why["term"] = str(term)
    first, last = calendar.day_of(starts_at), calendar.day_of(due_at - MINUTE / 60)
    if term.is_whole_days:
        working = term.unit is TermUnit.FULL_WORKING_DAYS
        why |= {
            "counted": "working_days" if working else "days",
            "days": term.count,
            "arrived_on": first.isoformat(),
            "last_day": last.isoformat(),
        }
        if (off := calendar.off(last)) is not None:
            why["last_day_off"] = _off(off)
        counted_days = working
    else:
        why |= {
            "counted": "clock" if term.is_clock else "working",
            "minutes": term.minutes(calendar),
        }
        counted_days = not term.is_clock
    if not term.is_whole_days and not term.is_clock:
        why |= _working(calendar, starts_at, due_at, pauses)
    if counted_days:
        why["skipped"] = list(_skipped(calendar, first, last))
        why |= _uncertain(calendar, first, last)
    if paused := list(_paused(term, calendar, starts_at, due_at, pauses)):
        why["pauses"] = paused
    if fixed:
        why["fixed"] = True
    return why


def why_promised(
    norm: Norm,
    calendar: WorkingCalendar,
    *,
    sent_at: datetime,
    until: date,
    last_day: date,
    due_at: datetime,
    pauses: Sequence[Span],
) -> Why:
    """Of a deadline that an interim answer promised."""
    why: dict[str, Json] = _common(norm, calendar, sent_at, due_at, Basis.INTERIM)
    why |= {"counted": "promise", "until": until.isoformat(), "last_day": last_day.isoformat()}
    days = Term(1, TermUnit.DAYS)
    if paused := list(_paused(days, calendar, sent_at, due_at, pauses)):
        why["pauses"] = paused
    if (off := calendar.off(last_day)) is not None:
        why["last_day_off"] = _off(off)
    return why


def _common(
    norm: Norm, calendar: WorkingCalendar, starts_at: datetime, due_at: datetime, basis: Basis
) -> dict[str, Json]:
    return {
        "norm": norm.code,
        "norm_name": norm.name,
        "basis": basis.value,
        "zone": str(calendar.zone),
        "starts_at": _local(starts_at, calendar),
        "due_at": _local(due_at, calendar),
    }


def _working(
    calendar: WorkingCalendar, starts_at: datetime, due_at: datetime, pauses: Sequence[Span]
) -> dict[str, Json]:
    spent = calendar.spent(starts_at, due_at, pauses)
    first, last = calendar.day_of(starts_at), calendar.day_of(due_at)
    why: dict[str, Json] = {
        "opens": calendar.hours.opens.isoformat("minutes"),
        "closes": calendar.hours.closes_text,
        "counted_from": _local(next(calendar.worked(starts_at, pauses))[0], calendar),
    }
    shortened = [day.isoformat() for day in _days(first, last) if calendar.is_shortened(day)]
    if shortened:
        why |= {"shortened": shortened, "shorter_by": calendar.hours.shorter_by}
    if len(spent) <= SHOWN_DAYS:
        why["worked"] = list(_worked(spent))
    return why


def _worked(spent: Mapping[date, timedelta]) -> Iterator[Json]:
    """Whole minutes by day that add up to the whole term, whatever second it began in."""
    passed, told = timedelta(), 0
    for day, time in spent.items():
        passed += time
        minutes = passed // MINUTE - told
        told += minutes
        yield {"day": day.isoformat(), "minutes": minutes}


def _skipped(calendar: WorkingCalendar, first: date, last: date) -> Iterator[Json]:
    """Days off in runs of one reason."""
    run: dict[str, Json] | None = None
    for day in _days(first, last):
        off = calendar.off(day)
        reason = None if off is None else _off(off)
        if run is not None and reason is not None and _reason(run) == reason:
            run["until"] = day.isoformat()
            continue
        if run is not None:
            yield run
        run = None
        if reason is not None:
            run = {"from": day.isoformat(), "until": day.isoformat(), **reason}
    if run is not None:
        yield run


def _reason(run: Mapping[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in run.items() if key not in ("from", "until")}


def _off(off: Off) -> dict[str, Json]:
    reason: dict[str, Json] = {"why": off.kind}
    if off.name:
        reason["name"] = off.name
    if off.moved is not None:
        reason["moved"] = off.moved.isoformat()
    return reason


def _paused(
    term: Term,
    calendar: WorkingCalendar,
    starts_at: datetime,
    due_at: datetime,
    pauses: Sequence[Span],
) -> Iterator[Json]:
    """The pauses within the term, each with what of it was left out."""
    for first, last in merged(pauses):
        first, last = max(first, starts_at), min(last, due_at)
        if last <= first:
            continue
        told: dict[str, Json] = {"from": _local(first, calendar), "until": _local(last, calendar)}
        if term.is_whole_days:
            told["days"] = sum(
                1
                for day in _days(calendar.day_of(first), calendar.day_of(last))
                if term.counts(day, calendar) and begins_within(day, calendar, [(first, last)])
            )
        elif term.is_clock:
            told["minutes"] = (last - first) // MINUTE
        else:
            told["minutes"] = calendar.working_minutes_between(first, last)
        yield told


def _uncertain(calendar: WorkingCalendar, first: date, last: date) -> dict[str, Json]:
    years = [
        year for year in range(first.year, last.year + 1) if not calendar.days.is_certain(year)
    ]
    return {"calendar_uncertain": years} if years else {}


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += DAY


def _local(moment: datetime, calendar: WorkingCalendar) -> str:
    return moment.astimezone(calendar.zone).isoformat()
