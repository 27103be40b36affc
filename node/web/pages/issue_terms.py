"""How the deadlines of an issue stand at a moment: in words, with the colour they get."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from node.domain.local_day import day_of
from node.store.issues import Issue
from node.web.locale import russian

SOON = timedelta(days=1)  # a deadline this near is shown with what is left of it


@dataclass(frozen=True, slots=True)
class Term:
    """One deadline. `tone` is a class of the stylesheet; `words` say the same without colour."""

    due: str
    tone: str = ""
    words: str = ""


def first_answer(issue: Issue, now: datetime, zone: ZoneInfo) -> Term | None:
    if issue.first_due_at is None:
        return None
    due = due_moment(issue.first_due_at, now, zone)
    if issue.first_answer_at is None:
        return Term(due, *_running(issue.first_due_at, now))
    return Term(due, *_met(issue.first_due_at, issue.first_answer_at, "дан"))


def final_answer(issue: Issue, now: datetime, zone: ZoneInfo) -> Term | None:
    if issue.final_due_at is None:
        return None
    due = last_day(issue.final_due_at, now, zone)
    if issue.closed_at is None:
        return Term(due, *_running(issue.final_due_at, now))
    return Term(due, *_met(issue.final_due_at, issue.closed_at, "закрыта"))


def moment(value: datetime, now: datetime, zone: ZoneInfo) -> str:
    """`18 ноября, 12:30`, with its year when that is not the present one."""
    return f"{_day(day_of(value, zone), now, zone)}, {russian.clock_time(value, zone)}"


def due_moment(value: datetime, now: datetime, zone: ZoneInfo) -> str:
    """`18 ноября, 12:30`; a midnight is the end of the day before it: `18 декабря`."""
    local = value.astimezone(zone)
    at_midnight = (local.hour, local.minute, local.second) == (0, 0, 0)
    return last_day(value, now, zone) if at_midnight else moment(value, now, zone)


def last_day(value: datetime, now: datetime, zone: ZoneInfo) -> str:
    """`18 декабря`: a deadline that is the end of a day is the midnight after the day to name."""
    return _day(day_of(value - timedelta(microseconds=1), zone), now, zone)


def _day(value: date, now: datetime, zone: ZoneInfo) -> str:
    return russian.day(value, year=value.year != day_of(now, zone).year)


def _running(due_at: datetime, now: datetime) -> tuple[str, str]:
    if now > due_at:
        return "worse", f"просрочено на {russian.term(now - due_at)}"
    if due_at - now < SOON:
        return "soon", f"осталось {russian.term(due_at - now)}"
    return "", ""


def _met(due_at: datetime, done_at: datetime, done: str) -> tuple[str, str]:
    if done_at > due_at:
        return "worse", f"{done} позже на {russian.term(done_at - due_at)}"
    return "better", f"{done} в срок"
