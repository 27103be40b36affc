"""Why a deadline falls just then: the arithmetic of `domain/deadline_why.py`, in Russian."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from node.domain.deadline_term import Term, TermUnit
from node.domain.deadline_why import Basis, Json, Why
from node.web.locale import russian

# Nominative, accusative («в пятницу»), genitive («до пятницы»).
WEEKDAYS = (
    ("понедельник", "в понедельник", "понедельника"),
    ("вторник", "во вторник", "вторника"),
    ("среда", "в среду", "среды"),
    ("четверг", "в четверг", "четверга"),
    ("пятница", "в пятницу", "пятницы"),
    ("суббота", "в субботу", "субботы"),
    ("воскресенье", "в воскресенье", "воскресенья"),
)
UNITS: Mapping[TermUnit, tuple[str, str, str]] = {
    TermUnit.MINUTES: ("минута", "минуты", "минут"),
    TermUnit.HOURS: ("час", "часа", "часов"),
    TermUnit.WORKING_MINUTES: ("рабочая минута", "рабочие минуты", "рабочих минут"),
    TermUnit.WORKING_HOURS: ("рабочий час", "рабочих часа", "рабочих часов"),
    TermUnit.WORKING_DAYS: ("рабочий день", "рабочих дня", "рабочих дней"),
    TermUnit.FULL_WORKING_DAYS: (
        "полный рабочий день",
        "полных рабочих дня",
        "полных рабочих дней",
    ),
    TermUnit.DAYS: ("календарный день", "календарных дня", "календарных дней"),
}
DAYS = ("день", "дня", "дней")
STARTED: Mapping[str, str] = {
    Basis.ARRIVAL: "Поступило",
    Basis.REGISTRATION: "Зарегистрировано",
    Basis.NOT_REGISTERED: "Ещё не зарегистрировано, срок идёт с поступления:",
    Basis.REOPENING: "Возобновлено",
    Basis.INTERIM: "Промежуточный ответ дан",
}


def term(text: str) -> str:
    """`9 working hours` as «9 рабочих часов»; what is no term stays as it is."""
    try:
        one = Term.parse(text)
    except ValueError:
        return text
    return russian.counted(one.count, *UNITS[one.unit])


def why_lines(why: Why) -> list[str]:
    """The arithmetic line by line, from the norm to the total.

    Empty for a deadline kept before the arithmetic was told in full.
    """
    return list(_lines(why)) if "counted" in why else []


def _lines(why: Why) -> Iterator[str]:
    starts_at, due_at = _moment(why["starts_at"]), _moment(why["due_at"])
    written = why.get("term")
    name = f"Норматив «{why['norm_name']}»"
    yield f"{name}: {term(_text(written))}" if written is not None else name
    started = f"{STARTED.get(_text(why['basis']), 'Отсчёт')} {_weekday_moment(starts_at)}"
    if "until" in why:
        started += f", ответ обещан до конца {_day(_date(why['until']), starts_at)}"
    yield started
    match why["counted"]:
        case "working":
            yield from _working(why, starts_at)
        case "clock":
            yield "Считается по часам: ночь и выходные не пропускаются"
        case "days":
            yield "День начала отсчёта не считается, срок истекает в 24:00 последнего дня"
        case "working_days":
            yield (
                "День начала отсчёта не считается, считаются только рабочие дни, "
                "срок истекает в 24:00 последнего из них"
            )
    if skipped := _entries(why, "skipped"):
        yield f"Не считались: {'; '.join(_skipped(skipped, starts_at))}"
    if shortened := _dates(why, "shortened"):
        shorter = _minutes(_whole(why["shorter_by"]))
        yield f"Сокращённый день, на {shorter} короче: {russian.day_list(shortened)}"
    for pause in _entries(why, "pauses"):
        yield _pause(pause)
    if why.get("fixed"):
        yield "Срок по закону: ожидание, промежуточный ответ и объединение его не сдвигают"
    if "last_day_off" in why:
        last = _date(why["last_day"])
        reason = _reason(_mapping(why["last_day_off"]), last, starts_at)
        yield f"Последний день нерабочий ({reason}), срок от этого не сдвигается"
    if years := _wholes(why, "calendar_uncertain"):
        listed = ", ".join(str(year) for year in years)
        yield f"Переносы выходных дней ещё не объявлены ({listed}): срок может уточниться"
    yield f"Итого: {_total(why, starts_at, due_at)}"


def _working(why: Why, starts_at: datetime) -> Iterator[str]:
    yield f"Рабочее время: {why['opens']}–{why['closes']}, часовой пояс {why['zone']}"
    counted_from = _moment(why["counted_from"])
    if counted_from != starts_at:
        yield f"Отсчёт начат {_weekday_moment(counted_from)}"
    worked = _entries(why, "worked")
    if len(worked) > 1:
        yield "Считалось: " + "; ".join(
            f"{_day(_date(one['day']), starts_at)} – {_minutes(_whole(one['minutes']))}"
            for one in worked
        )


def _skipped(entries: Sequence[Mapping[str, Json]], starts_at: datetime) -> Iterator[str]:
    """Holidays one by one in their order, weekends all together at the end."""
    weekends: list[date] = []
    for one in entries:
        first, last = _date(one["from"]), _date(one["until"])
        if one["why"] == "weekend":
            weekends += [first + timedelta(days=n) for n in range((last - first).days + 1)]
        else:
            yield f"{russian.span(first, last, year=False)} – {_reason(one, first, starts_at)}"
    if weekends:
        names = {day.weekday() for day in weekends}
        told = ", ".join(WEEKDAYS[one][0] for one in sorted(names))
        yield (
            f"{russian.day_list(weekends)} – {'выходной' if len(weekends) == 1 else 'выходные'}"
            + (f" ({told})")
        )


def _reason(entry: Mapping[str, Json], day: date, starts_at: datetime) -> str:
    match entry["why"]:
        case "holiday":
            return _text(entry["name"])
        case "moved":
            return f"выходной, перенесён с {_day(_date(entry['moved']), starts_at)}"
        case _:
            return WEEKDAYS[day.weekday()][0]


def _pause(pause: Mapping[str, Json]) -> str:
    first, last = _moment(pause["from"]), _moment(pause["until"])
    if "days" in pause:
        days = _whole(pause["days"])
        spent = russian.counted(days, *DAYS) if days else "ни одного дня"
    else:
        minutes = _whole(pause["minutes"])
        spent = _minutes(minutes) if minutes else "ни минуты"
    return (
        f"Ждали ответа жителя с {russian.day(first.date(), year=False)} {_clock(first)} "
        f"по {_end(last)} – не считалось {spent}"
    )


def _total(why: Why, starts_at: datetime, due_at: datetime) -> str:
    if "last_day" in why:
        last = _date(why["last_day"])
        return f"до 24:00 {WEEKDAYS[last.weekday()][2]}, {_day(last, starts_at)}"
    day = due_at.date()
    return f"до {_clock(due_at)} {WEEKDAYS[day.weekday()][2]}, {_day(day, starts_at)}"


def _weekday_moment(moment: datetime) -> str:
    """`в пятницу, 20 ноября 2026, в 17:50`."""
    weekday = WEEKDAYS[moment.weekday()][1]
    return f"{weekday}, {russian.day(moment.date())}, в {_clock(moment)}"


def _end(moment: datetime) -> str:
    return f"{russian.day(moment.date(), year=False)} {_clock(moment)}"


def _day(day: date, starts_at: datetime) -> str:
    """With its year where that is not the year it all began."""
    return russian.day(day, year=day.year != starts_at.year)


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M}"


def _minutes(minutes: int) -> str:
    """`8 ч 50 мин`."""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours}{russian.SPACE}ч"] if hours else []
    return " ".join([*parts, f"{rest}{russian.SPACE}мин"] if rest or not hours else parts)


# What JSON holds is known only when it is looked at: each of these says what it must be.


def _text(value: Json) -> str:
    assert isinstance(value, str)
    return value


def _whole(value: Json) -> int:
    assert isinstance(value, int)
    return value


def _date(value: Json) -> date:
    return date.fromisoformat(_text(value))


def _moment(value: Json) -> datetime:
    return datetime.fromisoformat(_text(value))


def _mapping(value: Json) -> Mapping[str, Json]:
    assert isinstance(value, Mapping)
    return value


def _list(why: Why, key: str) -> Sequence[Json]:
    value = why.get(key, ())
    assert isinstance(value, Sequence)
    return value


def _entries(why: Why, key: str) -> list[Mapping[str, Json]]:
    return [_mapping(value) for value in _list(why, key)]


def _dates(why: Why, key: str) -> list[date]:
    return [_date(value) for value in _list(why, key)]


def _wholes(why: Why, key: str) -> list[int]:
    return [_whole(value) for value in _list(why, key)]
