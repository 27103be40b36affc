"""Deadlines of an issue: what is due when by its norm, warned of when, dragging since when, why.

One pure function, `deadlines`, gives them all from what has happened to the issue; whoever changes
one of its inputs calls it again. The rules:

- Everything runs from the arrival of the first appeal. The resident's clock never restarts.
- Pauses (waiting for the resident) move the first and the final answer of a message by the time
  they took, each at most as long as the norm's `pause`. So do they move a promised date.
- An interim answer sets the final deadline of a message to the date it promised.
- Reopening sets the final clock anew by the norm's `reopen`.
- Formal (59-ФЗ): registered within 3 days of arrival; forwarded within 7 and answered within 30 of
  registration. No pause, interim answer or merge moves these.

Which rows hold the deadlines is the store's matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from node.domain.deadline_norm import Norm
from node.domain.deadline_term import Term, begins_within
from node.domain.deadline_why import Basis, Why, why_promised, why_term
from node.domain.errors import Fault
from node.domain.working_time import DAY, MINUTE, Span, WorkingCalendar


@dataclass(frozen=True, slots=True)
class Pause:
    """A wait for the resident. `until` None: still open, assumed to last to its limit."""

    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Interim:
    """An interim answer: when it was sent, and the local date the final one is promised for."""

    sent_at: datetime
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """When something is due by a norm, and why just then.

    `kind` is one of `deadline_norm.DEADLINES`. `warn_at`: people are told beforehand.
    `drags_at`: twice the norm has passed, «затягивается».
    """

    kind: str
    norm: str
    starts_at: datetime
    due_at: datetime
    why: Why
    drags_at: datetime | None = None
    warn_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """`interim`: after an interim answer; `forward`, `register`: of formal issues."""

    first_answer: Deadline
    final: Deadline
    interim: Deadline | None = None
    forward: Deadline | None = None
    register: Deadline | None = None

    def __iter__(self) -> Iterator[Deadline]:
        listed = (self.first_answer, self.final, self.interim, self.forward, self.register)
        return (one for one in listed if one is not None)

    @property
    def drags_at(self) -> datetime:
        """When the issue has been open for twice its final norm: «затягивается»."""
        assert self.final.drags_at is not None
        return self.final.drags_at


def deadlines(
    norm: Norm,
    calendar: WorkingCalendar,
    *,
    starts_at: datetime,
    pauses: Sequence[Pause] = (),
    interims: Sequence[Interim] = (),
    reopened_at: datetime | None = None,
    formal: bool = False,
    formal_at: datetime | None = None,
    registered_at: datetime | None = None,
) -> Deadlines:
    """All deadlines of an issue whose first appeal arrived at `starts_at`.

    `formal_at`: when the earliest formal appeal arrived, `starts_at` if not given;
    `registered_at`: when it was registered; while it is not, its terms run from the arrival.
    Of `interims` the newest since the last reopening holds.
    """
    spans = () if formal else tuple(_counted(pauses, norm, calendar))
    clock = _Clock(norm, calendar, spans, fixed=formal)
    asked = [one for one in interims if reopened_at is None or one.sent_at >= reopened_at]
    promised = max(asked, key=lambda one: one.sent_at) if asked else None
    if not formal:
        first = clock.deadline("first_answer", norm.first_answer, starts_at, Basis.ARRIVAL)
        final = _final(clock, starts_at, reopened_at)
        if promised is None:
            return Deadlines(first_answer=first, final=final)
        return Deadlines(
            first_answer=first,
            final=clock.promise("final", promised, final.drags_at),
            interim=clock.promise("interim", promised, None),
        )
    arrived_at = starts_at if formal_at is None else formal_at
    runs_from = arrived_at if registered_at is None else registered_at
    basis = Basis.NOT_REGISTERED if registered_at is None else Basis.REGISTRATION
    final = clock.deadline("final", norm.final, runs_from, basis)
    if reopened_at is not None:
        final = _final(clock, runs_from, reopened_at)
    return Deadlines(
        first_answer=clock.deadline("first_answer", norm.first_answer, runs_from, basis),
        final=final,
        interim=None if promised is None else clock.promise("interim", promised, None),
        forward=clock.deadline("forward", norm.forward, runs_from, basis),
        register=clock.deadline("register", norm.register, arrived_at, Basis.ARRIVAL),
    )


def pause_ends(norm: Norm, calendar: WorkingCalendar, since: datetime) -> datetime | None:
    """The latest end of a wait for the resident begun at `since`; None: the norm allows none."""
    return None if norm.pause is None else norm.pause.end(since, calendar)


def approve_by(norm: Norm, calendar: WorkingCalendar, since: datetime) -> datetime:
    """Until when an answer handed in at `since` should be checked."""
    return norm.approve.end(since, calendar)


def latest_until(
    norm: Norm, calendar: WorkingCalendar, *, now: datetime, formal_due_at: datetime | None = None
) -> date | None:
    """The latest local date an interim answer sent now may promise; None: the norm allows none.

    `formal_due_at`: the final deadline of a formal issue, which no promise passes.
    """
    if norm.interim is None or norm.interims == 0:
        return None
    latest = norm.interim.last_day(now, calendar)
    if formal_due_at is None:
        return latest
    return min(latest, calendar.day_of(formal_due_at - MINUTE / 60))


def faults_of_until(
    until: date,
    norm: Norm,
    calendar: WorkingCalendar,
    *,
    now: datetime,
    given: int,
    formal_due_at: datetime | None = None,
    field: str = "until",
) -> Iterator[Fault]:
    """What is wrong with promising `until` in an interim answer after `given` earlier ones."""
    latest = latest_until(norm, calendar, now=now, formal_due_at=formal_due_at)
    today = calendar.day_of(now)
    if latest is None:
        yield Fault(field, f"норматив «{norm.name}» не знает промежуточных ответов: дайте ответ")
    elif given >= norm.interims:
        yield Fault(
            field,
            f"промежуточных ответов уже дано {given}, по нормативу «{norm.name}» больше нельзя: "
            "дайте окончательный ответ",
        )
    elif latest < today:
        yield Fault(field, "срок уже истёк, переносить его некуда: дайте окончательный ответ")
    elif until < today:
        yield Fault(field, f"эта дата прошла: назовите день от {today:%d.%m.%Y}")
    elif until > latest:
        yield Fault(field, f"по нормативу «{norm.name}» – не позже {latest:%d.%m.%Y}")


@dataclass(frozen=True, slots=True)
class _Clock:
    """What all deadlines of one issue have in common. `fixed`: nothing may move them."""

    norm: Norm
    calendar: WorkingCalendar
    pauses: tuple[Span, ...]
    fixed: bool

    def deadline(self, kind: str, term: Term, starts_at: datetime, basis: Basis) -> Deadline:
        due_at = term.end(starts_at, self.calendar, self.pauses)
        return Deadline(
            kind=kind,
            norm=self.norm.code,
            starts_at=starts_at,
            due_at=due_at,
            why=why_term(
                self.norm,
                term,
                self.calendar,
                starts_at=starts_at,
                due_at=due_at,
                pauses=self.pauses,
                basis=basis,
                fixed=self.fixed,
            ),
            drags_at=term.twice().end(starts_at, self.calendar, self.pauses),
            warn_at=self._warn_at(kind, starts_at, due_at),
        )

    def promise(self, kind: str, interim: Interim, drags_at: datetime | None) -> Deadline:
        later = () if self.fixed else self.pauses
        last_day = _moved_by_pauses(interim, self.calendar, later)
        due_at = self.calendar.end_of_day(last_day)
        return Deadline(
            kind=kind,
            norm=self.norm.code,
            starts_at=interim.sent_at,
            due_at=due_at,
            why=why_promised(
                self.norm,
                self.calendar,
                sent_at=interim.sent_at,
                until=interim.until,
                last_day=last_day,
                due_at=due_at,
                pauses=later,
            ),
            drags_at=None if drags_at is None else max(drags_at, due_at),
            warn_at=self._warn_at(kind, interim.sent_at, due_at),
        )

    def _warn_at(self, kind: str, starts_at: datetime, due_at: datetime) -> datetime:
        return max(starts_at, self.norm.warn[kind].before(due_at, self.calendar))


def _final(clock: _Clock, starts_at: datetime, reopened_at: datetime | None) -> Deadline:
    if reopened_at is None:
        return clock.deadline("final", clock.norm.final, starts_at, Basis.ARRIVAL)
    return clock.deadline("final", clock.norm.reopen, reopened_at, Basis.REOPENING)


def _counted(pauses: Sequence[Pause], norm: Norm, calendar: WorkingCalendar) -> Iterator[Span]:
    """Each pause as far as the norm lets it count."""
    for pause in pauses:
        limit = pause_ends(norm, calendar, pause.since)
        if limit is not None:
            yield pause.since, limit if pause.until is None else min(pause.until, limit)


def _moved_by_pauses(interim: Interim, calendar: WorkingCalendar, pauses: Sequence[Span]) -> date:
    """The date promised, later by the days that began on pause after the promise."""
    day, left = calendar.day_of(interim.sent_at), (interim.until - calendar.day_of(interim.sent_at))
    while left.days > 0:
        day += DAY
        if not begins_within(day, calendar, pauses):
            left -= DAY
    return max(day, interim.until)
