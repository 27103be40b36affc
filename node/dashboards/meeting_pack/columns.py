"""The columns of the lists in the XLSX: what stands in each cell, and what must alarm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Generic, TypeVar

from node.dashboards.meeting_pack import Question, Row, words
from node.domain.directive import Step
from node.domain.milestones import MilestoneState
from node.domain.readiness import Stage

Value = str | int | Decimal | date | None
Line = TypeVar("Line")
Gap = tuple[Row, MilestoneState]
StepLine = tuple[Row, Step]
QuestionLine = tuple[Row, Question]

STAGE_COLOURS: Mapping[Stage, str] = {
    Stage.COMPLETE: "#cfe8dc",
    Stage.CLOSE: "#e6f3ec",
    Stage.IN_PROGRESS: "#fbeccb",
    Stage.NOT_STARTED: "#e6ebf0",
}
ALARM = "#f8d7d4"
PERCENT, CHANGE, WHOLE = "0.0", "+0.0;\u22120.0;0", "0"


@dataclass(frozen=True, slots=True)
class Column(Generic[Line]):
    """`width` in characters; `number` is how a Decimal is shown; `colour` gives the cell one, or
    None, by its line."""

    title: str
    width: float
    cell: Callable[[Line], Value]
    colour: Callable[[Line], str | None] = lambda _line: None
    number: str = PERCENT


def alarming(holds: Callable[[Line], object]) -> Callable[[Line], str | None]:
    return lambda line: ALARM if holds(line) else None


def _yes(holds: bool) -> str:
    return "да" if holds else "нет"


def _reasons(row: Row) -> str:
    return "\n".join(reason.why for reason in row.standing.risk)


def _expected(row: Row) -> Value:
    """The forecast: a day, `никогда`, or nothing where none can be made."""
    found = row.standing.forecast
    return None if found is None else found.expected or "никогда"


def _read_on(gap: Gap) -> date | None:
    reading = gap[1].reading
    return None if reading is None else reading.as_of


REGIONS: tuple[Column[Row], ...] = (
    Column("№", 5, lambda row: row.place, number=WHOLE),
    Column("Территория", 30, lambda row: row.name),
    Column("Код", 9, lambda row: row.unit),
    Column("Готовность, %", 12, lambda row: row.standing.percent),
    Column("Было, %", 9, lambda row: row.before.percent),
    Column(
        "Изменение, п. п.",
        12,
        lambda row: row.change,
        alarming(lambda row: row.change < 0),
        number=CHANGE,
    ),
    Column(
        "Стадия",
        20,
        lambda row: words.STAGES[row.standing.stage],
        lambda row: STAGE_COLOURS[row.standing.stage],
    ),
    Column("План", 16, words.planned, alarming(lambda row: row.plan_is_late)),
    Column("Прогноз завершения", 13, _expected),
    Column(
        "Зона риска",
        9,
        lambda row: _yes(row.standing.in_risk_zone),
        alarming(lambda row: row.standing.in_risk_zone),
    ),
    Column("Почему", 56, _reasons),
    Column("Пробелов", 10, lambda row: len(row.gaps)),
    Column("Открытых шагов", 10, lambda row: len(row.open_steps)),
    Column(
        "Просрочено шагов", 11, lambda row: len(row.late_steps), alarming(lambda r: r.late_steps)
    ),
    Column(
        "В зоне риска без шага",
        11,
        lambda row: _yes(row.standing.without_step),
        alarming(lambda row: row.standing.without_step),
    ),
    Column(
        "Пропущено отметок",
        11,
        lambda row: len(row.standing.missed_check_ins),
        alarming(lambda row: row.standing.missed_check_ins),
    ),
    Column("Вопросов без ответа", 11, lambda row: row.unanswered),
    Column("Последний замер", 12, lambda row: row.standing.last_reading_on),
    Column("Данные", 22, words.source),
    Column("Куратор", 34, lambda row: row.curator or words.UNKNOWN),
)

GAPS: tuple[Column[Gap], ...] = (
    Column("Территория", 30, lambda gap: gap[0].name),
    Column("Код", 9, lambda gap: gap[0].unit),
    Column("Веха", 50, lambda gap: gap[1].milestone.title),
    Column("Вес, %", 8, lambda gap: gap[1].milestone.weight),
    Column("Сделано, %", 10, lambda gap: gap[1].percent),
    Column("Не хватает, п. п.", 11, lambda gap: gap[1].lost),
    Column("Почему не засчитано", 44, lambda gap: gap[1].why_not or ""),
    Column("Замер от", 12, _read_on),
    Column("Данные", 22, lambda gap: words.gap_source(gap[1])),
)

STEPS: tuple[Column[StepLine], ...] = (
    Column("Территория", 30, lambda line: line[0].name),
    Column("Код", 9, lambda line: line[0].unit),
    Column("Шаг", 56, lambda line: line[1].title),
    Column("Исполнитель", 34, lambda line: line[1].owner),
    Column("Внесён", 12, lambda line: line[1].added_on),
    Column("Срок", 12, lambda line: line[1].due_on),
    Column("Выполнен", 12, lambda line: line[1].done_on),
    Column(
        "Состояние",
        24,
        lambda line: words.step_state(line[1], line[0].as_of),
        alarming(lambda line: line[1] in line[0].late_steps),
    ),
)

CONTROL: tuple[Column[Row], ...] = (
    Column("Территория", 30, lambda row: row.name),
    Column("Код", 9, lambda row: row.unit),
    Column("Сейчас в зоне риска", 11, lambda row: _yes(row.standing.in_risk_zone)),
    Column(
        "Пропущено всего",
        11,
        lambda row: len(row.standing.missed_check_ins),
        alarming(lambda row: row.standing.missed_check_ins),
    ),
    Column("Из них с даты сравнения", 13, lambda row: len(row.missed_since)),
    Column("Первый пропуск", 12, lambda row: next(iter(row.standing.missed_check_ins), None)),
    Column(
        "Последний пропуск", 12, lambda row: next(reversed(row.standing.missed_check_ins), None)
    ),
    Column("Пропуски с даты сравнения", 60, lambda row: words.in_a_row(row.missed_since)),
    Column("Куратор", 34, lambda row: row.curator or words.UNKNOWN),
)

QUESTIONS: tuple[Column[QuestionLine], ...] = (
    Column("Территория", 30, lambda line: line[0].name),
    Column("Код", 9, lambda line: line[0].unit),
    Column("Вид", 12, lambda line: words.KINDS[line[1].kind]),
    Column("Вопрос", 40, lambda line: line[1].title),
    Column("Подробно", 50, lambda line: line[1].text or ""),
    Column("Задан", 12, lambda line: line[1].asked_on),
    Column("Ответить до", 12, lambda line: line[1].last_day),
    Column(
        "Состояние",
        20,
        lambda line: words.question_state(line[1]),
        alarming(lambda line: line[1].overdue),
    ),
    Column("Ответ", 60, lambda line: words.answer(line[1])),
    Column("Ответил", 30, lambda line: line[1].answered_by or ""),
    Column("Дата ответа", 12, lambda line: line[1].answered_on or line[1].held_on),
)
