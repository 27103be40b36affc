"""What somebody enters about one addressee of a directive: judged, and laid over what is there.

Everything has a natural key (a reading its milestone and day, a planned date its day, a step its
id, a check-in its day): what is entered takes the place of the same, and nothing is ever removed by
being left out. Names of fields in faults are those of the public API.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any, TypeVar

from node.domain.course import Course
from node.domain.directive import (
    WHOLE,
    CheckIn,
    Directive,
    Milestone,
    MilestoneKind,
    PlannedDate,
    Reading,
    Report,
    Step,
)
from node.domain.errors import Fault
from node.domain.new_directive import faults_of_day, faults_of_percent, is_code, quoted
from node.domain.outgoing_text import (
    MAX_TITLE,
    faults_of_outgoing_name,
    faults_of_outgoing_text,
    tidy,
)
from node.domain.wording import on, per_cent

MAX_READINGS = 10_000
MAX_PLANNED = 1000
MAX_STEPS = 1000
MAX_CHECK_INS = 5000
PRECISIONS = ("day", "month", "quarter", "year")
DAY = timedelta(days=1)

Entry = TypeVar("Entry", Reading, PlannedDate, Step, CheckIn)


@dataclass(frozen=True, slots=True)
class ReportEntries:
    """Of a step, a blank `id` asks for a new one. Of a check-in, `at` and `post` are set anew by
    whoever writes it down: they say who looked and when, and nobody may choose them."""

    readings: tuple[Reading, ...] = ()
    planned_on: tuple[PlannedDate, ...] = ()
    steps: tuple[Step, ...] = ()
    check_ins: tuple[CheckIn, ...] = ()
    acknowledged: bool = False


def tidied(entries: ReportEntries) -> ReportEntries:
    """The entries with their texts as they are kept; a blank reason is none."""
    return replace(
        entries,
        readings=tuple(
            replace(one, reason=tidy(one.reason or "") or None) for one in entries.readings
        ),
        steps=tuple(
            replace(one, title=tidy(one.title), owner=tidy(one.owner)) for one in entries.steps
        ),
    )


def laid_over(
    report: Report,
    entries: ReportEntries,
    *,
    now: datetime,
    post: str,
    new_id: Callable[[], str],
) -> Report:
    """The report with the entries in it, every list in the order of its days.

    The day a step was first added and the first look of a day stay as they were: they are facts.
    """
    held_steps = {step.id: step for step in report.steps}
    steps = [
        replace(
            step,
            id=step.id or new_id(),
            added_on=held_steps[step.id].added_on if step.id in held_steps else step.added_on,
        )
        for step in entries.steps
    ]
    looked = {check_in.day for check_in in report.check_ins}
    check_ins = [
        CheckIn(check_in.day, now, post)
        for check_in in entries.check_ins
        if check_in.day not in looked
    ]
    acknowledged = report.acknowledged_at or (now if entries.acknowledged else None)
    return replace(
        report,
        acknowledged_at=acknowledged,
        readings=_over(report.readings, entries.readings, _key_of_reading),
        planned_on=_over(report.planned_on, entries.planned_on, lambda planned: planned.as_of),
        steps=_over(report.steps, steps, lambda step: step.id, lambda s: (s.added_on, s.id)),
        check_ins=_over(report.check_ins, check_ins, lambda check_in: check_in.day),
    )


def faults_of_entries(
    entries: ReportEntries, directive: Directive, *, history: Report, today: date
) -> list[Fault]:
    """Everything wrong with the entries, each fault with its remedy.

    `history`: all that is known of the addressee, whoever wrote it (`history.one_history`).
    `today`: its own local day.
    """
    shapes = [
        *_faults_of_readings(entries.readings, directive, today),
        *_faults_of_planned(entries.planned_on, today),
        *_faults_of_steps(entries.steps, today),
        *_faults_of_check_ins(entries.check_ins, today),
    ]
    # Whether a per cent goes down can be asked only of readings that are otherwise in order.
    return shapes or list(_faults_of_going_down(entries.readings, directive, history))


def faults_of_fullness(report: Report) -> Iterator[Fault]:
    """A report that no statement may carry."""
    for field, count, most in (
        ("readings", len(report.readings), MAX_READINGS),
        ("planned_on", len(report.planned_on), MAX_PLANNED),
        ("steps", len(report.steps), MAX_STEPS),
        ("check_ins", len(report.check_ins), MAX_CHECK_INS),
    ):
        if count > most:
            yield Fault(field, f"вместе с внесёнными раньше больше {most} ({count}): внесите реже")


# --- Each by itself -------------------------------------------------------------------------------


def _faults_of_readings(
    readings: tuple[Reading, ...], directive: Directive, today: date
) -> Iterator[Fault]:
    milestones = {milestone.code: milestone for milestone in directive.milestones}
    times = Counter(map(_key_of_reading, readings))
    for number, reading in enumerate(readings):
        field = f"readings.{number}"
        milestone = milestones.get(reading.milestone)
        if milestone is None and reading.milestone != WHOLE:
            yield Fault(
                f"{field}.milestone",
                f"вехи {quoted(reading.milestone)} в поручении нет; вехи: "
                f"{', '.join([*milestones, WHOLE])}",
            )
            continue
        if times[_key_of_reading(reading)] > 1:
            yield Fault(f"{field}.as_of", "два замера одной вехи на один день: оставьте один")
        yield from _faults_of_past_day(f"{field}.as_of", reading.as_of, today)
        yield from _faults_of_value(field, reading, milestone)
        if reading.reason is not None:
            yield from faults_of_outgoing_text(f"{field}.reason", reading.reason)


def _faults_of_value(field: str, reading: Reading, milestone: Milestone | None) -> Iterator[Fault]:
    percent = faults_of_percent(f"{field}.percent", reading.percent)
    yield from percent
    if percent:
        return
    if (
        milestone is not None
        and milestone.kind is MilestoneKind.DONE
        and reading.percent not in (0, 100)
    ):
        yield Fault(f"{field}.percent", "веха «сделано или нет»: только 0 или 100")
    condition = None if milestone is None else milestone.condition
    if condition is None:
        if reading.value is not None:
            yield Fault(f"{field}.value", "у этой вехи нет условия: уберите значение")
        return
    ranks = ", ".join(f"{rank.code} ({rank.title})" for rank in condition.scale)
    if reading.value is None:
        if reading.percent > 0:
            yield Fault(f"{field}.value", f"назовите ступень: {ranks}")
    elif reading.value not in {rank.code for rank in condition.scale}:
        yield Fault(f"{field}.value", f"ступени {quoted(reading.value)} нет; ступени: {ranks}")


def _faults_of_planned(planned_on: tuple[PlannedDate, ...], today: date) -> Iterator[Fault]:
    times = Counter(planned.as_of for planned in planned_on)
    for number, planned in enumerate(planned_on):
        field = f"planned_on.{number}"
        yield from _faults_of_past_day(f"{field}.as_of", planned.as_of, today)
        if times[planned.as_of] > 1:
            yield Fault(f"{field}.as_of", "два плановых срока на один день: оставьте один")
        if planned.precision not in PRECISIONS:
            yield Fault(f"{field}.precision", f"должно быть одним из: {', '.join(PRECISIONS)}")
            continue
        odd = faults_of_day(f"{field}.day", planned.day)
        yield from odd
        if not odd and planned.day != _last_of_term(planned):
            yield Fault(
                f"{field}.day",
                "если известен только "
                f"{ {'month': 'месяц', 'quarter': 'квартал', 'year': 'год'}[planned.precision] }, "
                f"укажите его последний день: {_last_of_term(planned)}",
            )


def _last_of_term(planned: PlannedDate) -> date:
    """The last day of the month, quarter or year a planned date is known to."""
    months = {"day": 0, "month": 1, "quarter": 3, "year": 12}[planned.precision]
    if months == 0:
        return planned.day
    last_month = (planned.day.month - 1) // months * months + months
    return date(planned.day.year + last_month // 12, last_month % 12 + 1, 1) - DAY


def _faults_of_steps(steps: tuple[Step, ...], today: date) -> Iterator[Fault]:
    times = Counter(step.id for step in steps if step.id)
    for number, step in enumerate(steps):
        field = f"steps.{number}"
        if step.id and not is_code(step.id):
            yield Fault(f"{field}.id", "не номер шага: возьмите его из отчёта или уберите")
        elif times[step.id] > 1:
            yield Fault(f"{field}.id", "один шаг дважды: оставьте один раз")
        yield from faults_of_outgoing_text(f"{field}.title", step.title, at_most=MAX_TITLE)
        yield from faults_of_outgoing_name(f"{field}.owner", step.owner)
        yield from _faults_of_past_day(f"{field}.added_on", step.added_on, today)
        yield from faults_of_day(f"{field}.due_on", step.due_on)
        if step.done_on is not None:
            yield from _faults_of_past_day(f"{field}.done_on", step.done_on, today)


def _faults_of_check_ins(check_ins: tuple[CheckIn, ...], today: date) -> Iterator[Fault]:
    times = Counter(check_in.day for check_in in check_ins)
    for number, check_in in enumerate(check_ins):
        yield from _faults_of_past_day(f"check_ins.{number}.day", check_in.day, today)
        if times[check_in.day] > 1:
            yield Fault(f"check_ins.{number}.day", "один день дважды: оставьте один раз")


def _faults_of_past_day(field: str, day: date, today: date) -> list[Fault]:
    if day > today:
        return [
            Fault(
                field,
                f"в будущем: {on(day)}, а у территории сегодня {on(today)}; исправьте дату",
            )
        ]
    return faults_of_day(field, day)


# --- Against what is there ------------------------------------------------------------------------


def _faults_of_going_down(
    entered: tuple[Reading, ...], directive: Directive, history: Report
) -> Iterator[Fault]:
    """A per cent goes down only with a reason: against the reading before it, against the one it
    corrects, or, when it is put in between, down to the one after it.

    A milestone is compared with its own readings. Where only the whole was known before (or is
    what is entered), the readiness of the whole must not go down that day.
    """
    held = {_key_of_reading(reading): reading for reading in history.readings}
    whole = replace(history, readings=_over(history.readings, entered, _key_of_reading))
    course = Course(directive, whole)
    by_code: dict[str, list[Reading]] = defaultdict(list)
    for reading in whole.readings:
        by_code[reading.milestone].append(reading)
    for number, reading in enumerate(entered):
        corrected = held.get(_key_of_reading(reading))
        if corrected is not None and corrected.percent == reading.percent:
            continue
        fault = _going_down(reading, corrected, by_code, course)
        if fault is not None:
            yield Fault(f"readings.{number}.percent", fault)


def _going_down(
    reading: Reading, corrected: Reading | None, by_code: dict[str, list[Reading]], course: Course
) -> str | None:
    now = per_cent(reading.percent)
    remedy = "объясните причину в reason того же замера или исправьте процент"
    if reading.reason is not None:
        return None
    if corrected is not None and reading.percent < corrected.percent:
        return (
            f"{now} меньше прежнего замера на тот же день ({per_cent(corrected.percent)}): {remedy}"
        )
    own = by_code[reading.milestone]
    days = [one.as_of for one in own]
    before = bisect_left(days, reading.as_of) - 1
    whole = by_code[WHOLE] if reading.milestone != WHOLE else []
    last_whole = bisect_left([one.as_of for one in whole], reading.as_of) - 1
    known = own[before] if before >= 0 else None
    if reading.milestone == WHOLE or (
        last_whole >= 0 and (known is None or whole[last_whole].as_of > known.as_of)
    ):
        was, is_now = course.percent(reading.as_of - DAY), course.percent(reading.as_of)
        if is_now < was:
            return (
                f"готовность в целом упала бы с {per_cent(was)} до {per_cent(is_now)} "
                f"на {on(reading.as_of)}: {remedy}"
            )
    elif known is not None and reading.percent < known.percent:
        return f"{now} меньше замера от {on(known.as_of)} ({per_cent(known.percent)}): {remedy}"
    after = bisect_right(days, reading.as_of)
    following = own[after] if after < len(own) else None
    if following is not None and following.percent < reading.percent and following.reason is None:
        return (
            f"{now} больше следующего замера от {on(following.as_of)} "
            f"({per_cent(following.percent)}): исправьте и его или объясните причину в reason"
        )
    return None


def _key_of_reading(reading: Reading) -> tuple[date, str]:
    return reading.as_of, reading.milestone


def _over(
    held: Iterable[Entry],
    entered: Iterable[Entry],
    key: Callable[[Entry], Any],
    order: Callable[[Entry], Any] | None = None,
) -> tuple[Entry, ...]:
    by_key = {key(entry): entry for entry in chain(held, entered)}
    return tuple(sorted(by_key.values(), key=order or key))
