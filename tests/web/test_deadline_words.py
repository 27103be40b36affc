"""Why a deadline falls just then, as people read it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.domain.deadline import Deadline, Interim, Pause, deadlines
from node.domain.deadline_norm import Norm
from node.domain.working_time import WorkingCalendar
from node.reference import load_rulebook
from node.web.locale.deadline_words import term, why_lines
from tests.support.zones import MOSCOW, local

NORMS = load_rulebook().norms
CALENDAR = NORMS.calendar(MOSCOW)


def norm(code: str) -> Norm:
    found = NORMS.get(code)
    assert found is not None
    return found


def told(deadline: Deadline | None) -> list[str]:
    assert deadline is not None
    return [line.replace("\u00a0", " ") for line in why_lines(deadline.why)]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("1 working day", "1 рабочий день"),
        ("4 hours", "4 часа"),
        ("9 working hours", "9 рабочих часов"),
        ("21 day", "21 календарный день"),
        ("19 full working days", "19 полных рабочих дней"),
        ("до завтра", "до завтра"),
    ],
)
def test_a_term_in_words(written: str, words: str) -> None:
    assert term(written).replace("\u00a0", " ") == words


def test_working_hours_over_a_weekend() -> None:
    found = deadlines(norm("social"), CALENDAR, starts_at=local("2026-11-20T17:50"))
    assert told(found.first_answer) == [
        "Норматив «Социальные сети»: 9 рабочих часов",
        "Поступило в пятницу, 20 ноября 2026, в 17:50",
        "Рабочее время: 09:00–18:00, часовой пояс Europe/Moscow",
        "Считалось: 20 ноября – 10 мин; 23 ноября – 8 ч 50 мин",
        "Не считались: 21–22 ноября – выходные (суббота, воскресенье)",
        "Итого: до 17:50 понедельника, 23 ноября",
    ]


def test_working_hours_over_the_new_year() -> None:
    found = deadlines(norm("social"), CALENDAR, starts_at=local("2026-12-31T12:00"))
    assert told(found.first_answer)[3:] == [
        "Отсчёт начат в понедельник, 11 января 2027, в 09:00",
        "Не считались: 31 декабря – выходной, перенесён с 4 января; 1–6 января – Новогодние "
        "каникулы; 7 января – Рождество Христово; 8 января – Новогодние каникулы; 9–10 января – "
        "выходные (суббота, воскресенье)",
        "Итого: до 18:00 понедельника, 11 января 2027",
    ]


def test_a_shortened_day_and_a_pause() -> None:
    pause = Pause(local("2026-11-03T15:00"), local("2026-11-05T10:30"))
    found = deadlines(
        norm("standard"), CALENDAR, starts_at=local("2026-11-03T12:00"), pauses=[pause]
    )
    assert told(found.first_answer)[3:] == [
        "Считалось: 3 ноября – 3 ч; 5 ноября – 6 ч",
        "Не считались: 4 ноября – День народного единства",
        "Сокращённый день, на 1 ч короче: 3 ноября",
        "Ждали ответа жителя с 3 ноября 15:00 по 5 ноября 10:30 – не считалось 3 ч 30 мин",
        "Итого: до 16:30 четверга, 5 ноября",
    ]
    assert told(found.final) == [
        "Норматив «Остальные темы»: 30 календарных дней",
        "Поступило во вторник, 3 ноября 2026, в 12:00",
        "День начала отсчёта не считается, срок истекает в 24:00 последнего дня",
        "Ждали ответа жителя с 3 ноября 15:00 по 5 ноября 10:30 – не считалось 2 дня",
        "Последний день нерабочий (суббота), срок от этого не сдвигается",
        "Итого: до 24:00 субботы, 5 декабря",
    ]


def test_danger_is_counted_on_the_clock() -> None:
    found = deadlines(norm("danger"), CALENDAR, starts_at=local("2026-11-20T17:50"))
    assert told(found.first_answer)[2:] == [
        "Считается по часам: ночь и выходные не пропускаются",
        "Итого: до 21:50 пятницы, 20 ноября",
    ]


def test_a_promise_and_a_reopening() -> None:
    promise = Interim(local("2026-11-19T10:00"), date(2026, 11, 25))
    start = local("2026-11-18T12:00")
    found = deadlines(norm("social"), CALENDAR, starts_at=start, interims=[promise])
    assert told(found.final) == [
        "Норматив «Социальные сети»",
        "Промежуточный ответ дан в четверг, 19 ноября 2026, в 10:00, "
        "ответ обещан до конца 25 ноября",
        "Итого: до 24:00 среды, 25 ноября",
    ]
    again = deadlines(
        norm("social"), CALENDAR, starts_at=start, reopened_at=local("2026-11-30T12:00")
    )
    assert told(again.final)[1] == "Возобновлено в понедельник, 30 ноября 2026, в 12:00"


def test_a_formal_appeal_says_that_nothing_moves_it() -> None:
    start = local("2026-11-18T12:00")
    found = deadlines(norm("formal"), CALENDAR, starts_at=start, formal=True)
    lines = told(found.final)
    assert lines[1].startswith("Ещё не зарегистрировано, срок идёт с поступления: в среду")
    assert "Срок по закону: ожидание, промежуточный ответ и объединение его не сдвигают" in lines
    registered = deadlines(
        norm("formal"), CALENDAR, starts_at=start, formal=True, registered_at=start
    )
    assert told(registered.final)[1] == "Зарегистрировано в среду, 18 ноября 2026, в 12:00"


def test_a_year_without_its_decree_is_said_to_be_uncertain() -> None:
    found = deadlines(norm("social"), CALENDAR, starts_at=local("2028-02-01T12:00"))
    line = "Переносы выходных дней ещё не объявлены (2028): срок может уточниться"
    assert line in told(found.first_answer)


def test_a_deadline_kept_with_less_is_told_nothing_of() -> None:
    assert why_lines({"calendar_days": 30, "last_day": "2026-11-28", "zone": "UTC"}) == []


@given(
    rule=st.sampled_from(NORMS.norms),
    start=st.datetimes(datetime(2018, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    paused=st.none() | st.integers(0, 20_000),
    formal=st.booleans(),
)
def test_whatever_the_deadline_its_words_end_with_the_total(
    rule: Norm, start: datetime, paused: int | None, formal: bool
) -> None:
    calendar: WorkingCalendar = CALENDAR
    since = start + timedelta(hours=1)
    pauses = [] if paused is None else [Pause(since, since + timedelta(minutes=paused))]
    promised = [Interim(start, calendar.day_of(start) + timedelta(days=3))]
    for one in deadlines(
        rule, calendar, starts_at=start, pauses=pauses, interims=promised, formal=formal
    ):
        lines = why_lines(one.why)
        assert lines[0].startswith("Норматив «")
        assert lines[-1].startswith("Итого: до ")
        assert len(set(lines)) == len(lines)
