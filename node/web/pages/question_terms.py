"""How questions and trainings stand, in words and colours: for their list and their cards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from node.bootstrap import Node
from node.domain.help_progress import HelpProgress
from node.domain.local_day import day_of
from node.web.locale import help_words, russian
from node.web.pages.issue_terms import Term

PATH = "/questions"


@dataclass(frozen=True, slots=True)
class Row:
    """A help as a line of the list. `tone`, `state`: of its state unless it is simply open."""

    id: str
    title: str
    issuer: str
    to: str
    asked_on: str
    due: Term | None
    answered: int
    asked: int
    overdue: int
    attended: int
    state: str
    is_open: bool
    is_training: bool


def row(one: HelpProgress, node: Node, now: datetime) -> Row:
    help, directory = one.help, node.rulebook.directory
    to = directory.name(help.to[0]) if len(help.to) == 1 else help_words.to_whom(len(help.to))
    today = day_of(now, node.zone)
    return Row(
        id=help.id,
        title=help.title,
        issuer=directory.name(help.issuer),
        to=to,
        asked_on=day(help.asked_on, today),
        due=due(one, today),
        answered=one.totals.answered,
        asked=one.totals.asked,
        overdue=one.totals.overdue,
        attended=one.totals.attended,
        state=help_words.state(help.state, is_training=help.is_training),
        is_open=help.is_open,
        is_training=help.is_training,
    )


def due(one: HelpProgress, today: date) -> Term | None:
    """The last day, and how near it is while somebody has still to answer."""
    help = one.help
    last = help.last_day
    if last is None:
        return None
    if not help.is_open or one.totals.answered == one.totals.asked:
        return Term(day(last, today))
    return Term(day(last, today), *_running(last, today))


def day(value: date, today: date) -> str:
    """`21 ноября`, with its year when that is not the present one."""
    return russian.day(value, year=value.year != today.year)


def moment(value: datetime, now: datetime, zone: ZoneInfo) -> str:
    return f"{day(day_of(value, zone), day_of(now, zone))}, {russian.clock_time(value, zone)}"


def _running(last: date, today: date) -> tuple[str, str]:
    left = (last - today).days
    if left < 0:
        days = russian.counted(-left, "день", "дня", "дней")
        return "worse", f"просрочено на {days}"
    if left == 0:
        return "soon", "сегодня"
    if left == 1:
        return "soon", "завтра"
    return "", f"через {russian.counted(left, 'день', 'дня', 'дней')}"
