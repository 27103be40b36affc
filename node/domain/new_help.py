"""A help as somebody asks for it, what makes it fit to be asked, and of whom it is asked.

Names of fields in faults are those of the public API, as with directives.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from node.domain.directory import Directory
from node.domain.errors import Fault
from node.domain.help import MAX_TEXT, HelpKind
from node.domain.new_directive import ADDRESSED, TIER, UNITS, named, near, quoted
from node.domain.outgoing_text import MAX_TITLE, faults_of_outgoing_text

ASKED: tuple[HelpKind, ...] = (HelpKind.QUESTION, HelpKind.TRAINING)
"""What a node may ask; the other kinds only ever arrive."""

MAX_KEY = 64  # of a statement; a report's is the id, a dot and the unit
ID_LENGTH = 20
MOST_NAMED = 10  # so many wrong addressees are told one by one
FURTHEST = 5 * 366  # days ahead: a year typed wrong is refused, a long plan is not


@dataclass(frozen=True, slots=True)
class NewHelp:
    """`addressed`: units (those of `to`), tier (every unit of `tier` below) or below (every unit
    below whoever asks)."""

    kind: str
    title: str
    text: str | None = None
    addressed: str = UNITS
    to: tuple[str, ...] = ()
    tier: str | None = None
    directive: str | None = None
    due_on: date | None = None
    planned_on: date | None = None


def addressees(new: NewHelp, directory: Directory, *, me: str, today: date) -> tuple[str, ...]:
    """The units asked, in the order of the directory; of a draft that has no faults."""
    below = open_below(directory, me, today)
    if new.addressed == UNITS:
        chosen = set(new.to)
        return tuple(unit for unit in below if unit in chosen)
    if new.addressed == TIER:
        return tuple(unit for unit in below if directory[unit].tier == new.tier)
    return below


def open_below(directory: Directory, me: str, today: date) -> tuple[str, ...]:
    """The units below that are not abolished: whom anything can be asked of."""
    return tuple(
        unit
        for unit in directory.subtree(me)[1:]
        if (closed := directory[unit].closed_on) is None or closed > today
    )


def faults_of_new_help(new: NewHelp, directory: Directory, *, me: str, today: date) -> list[Fault]:
    """Everything wrong with a draft at the node of `me`. `today` is the local day there."""
    return [
        *_faults_of_kind(new),
        *faults_of_outgoing_text("title", new.title, at_most=MAX_TITLE),
        *(faults_of_outgoing_text("text", new.text, at_most=MAX_TEXT) if new.text else ()),
        *_faults_of_days(new, today),
        *_faults_of_addressees(new, directory, me, today),
    ]


def _faults_of_kind(new: NewHelp) -> Iterator[Fault]:
    if new.kind not in ASKED:
        yield Fault("kind", f"такой помощи не запрашивают; можно: {', '.join(ASKED)}")


def _faults_of_days(new: NewHelp, today: date) -> Iterator[Fault]:
    for field, day in (("due_on", new.due_on), ("planned_on", new.planned_on)):
        if day is not None and day < today:
            yield Fault(field, "этот день уже прошёл: укажите сегодняшний или будущий")
        elif day is not None and (day - today).days > FURTHEST:
            yield Fault(field, "больше пяти лет вперёд: проверьте год")
    if new.kind == HelpKind.TRAINING:
        if new.planned_on is None:
            yield Fault("planned_on", "укажите день обучения")
        elif new.due_on is not None and new.due_on < new.planned_on:
            yield Fault("due_on", "отчитываются не раньше дня обучения")
    elif new.planned_on is not None:
        yield Fault("planned_on", "день бывает только у обучения: уберите его")


def _faults_of_addressees(
    new: NewHelp, directory: Directory, me: str, today: date
) -> Iterator[Fault]:
    below = open_below(directory, me, today)
    if new.addressed not in ADDRESSED:
        yield Fault("addressed", f"должно быть одним из: {', '.join(ADDRESSED)}")
    elif not below:
        yield Fault("units", f"ниже узла {named(directory, me)} никого нет: спрашивать некого")
    elif new.addressed == UNITS:
        yield from _faults_of_units(new.to, below, directory, me)
    elif new.addressed == TIER and not addressees(new, directory, me=me, today=today):
        tiers = ", ".join(sorted({directory[unit].tier for unit in below}))
        yield Fault("tier", f"территорий такого уровня ниже нет; есть уровни: {tiers}")
    for unit in addressees(new, directory, me=me, today=today):
        if ID_LENGTH + 1 + len(unit) > MAX_KEY:
            yield Fault("units", f"код {unit} длиннее, чем помещается в ключ отчёта")


def _faults_of_units(
    units: tuple[str, ...], below: tuple[str, ...], directory: Directory, me: str
) -> Iterator[Fault]:
    if not units:
        yield Fault("units", "некому: выберите хотя бы одну территорию")
    for code in sorted(set(units).difference(below))[:MOST_NAMED]:
        if code not in directory:
            yield Fault(
                "units", f"территории {quoted(code)} нет в справочнике{near(directory, code)}"
            )
        elif not directory.is_within(code, me) or code == me:
            yield Fault(
                "units",
                f"{named(directory, code)} не ниже узла {named(directory, me)}: "
                "спрашивают только тех, кто ниже",
            )
        else:
            yield Fault("units", f"{named(directory, code)} упразднена: назовите её преемницу")
