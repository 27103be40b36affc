"""The words of the pages on directives: stages, risk, columns, fields, dates known roughly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from node.domain.directive import Directive, PlannedDate, RiskKind, RiskRule, Rollup
from node.domain.forecast import Forecast
from node.domain.readiness import Stage
from node.domain.risk import RiskReason
from node.web.locale import russian
from node.web.locale.russian import MINUS, SPACE, UNKNOWN

TENTH = Decimal("0.1")


class Word(NamedTuple):
    """A name, and the sentence shown to whoever asks what it means."""

    name: str
    meaning: str


STAGES: Mapping[str, Word] = {
    Stage.COMPLETE: Word("Завершено", "Готовность не ниже порога завершения"),
    Stage.CLOSE: Word("Близко к завершению", "Готовность не ниже второго порога"),
    Stage.IN_PROGRESS: Word("В работе", "Больше нуля, но ниже второго порога"),
    Stage.NOT_STARTED: Word("Не начато", "Ни одна веха не начата или замеров ещё нет"),
}
"""From the best to the worst: the order of every legend."""

ROLLUPS: Mapping[str, Word] = {
    Rollup.MEAN: Word("средняя по адресатам", "Все адресаты весят одинаково"),
    Rollup.POPULATION: Word("с весом по населению", "Адресат весит столько, сколько в нём жителей"),
    Rollup.SHARE_COMPLETE: Word("доля завершивших", "Сколько адресатов из ста завершили"),
    Rollup.OWN: Word("своя", "Считается по собственным замерам узла, не по адресатам ниже"),
}

RISKS: Mapping[str, str] = {
    "planned_late": "План позже срока",
    "behind": "Отстаёт",
    "forecast": "Не успевает при таком темпе",
    "silent": "Молчит",
    "overdue": "Срок прошёл",
    "marked": "Решение координатора",
}

RISK_RULES: Mapping[str, str] = {
    RiskKind.PLANNED_LATE: "планируемая дата позже срока",
    RiskKind.BEHIND: "ниже процента, а до срока меньше дней",
    RiskKind.FORECAST: "по темпу последних недель не успевает",
    RiskKind.SILENT: "нет замеров дольше дней",
}
"""Kinds of rules in the form; the numbers stand in fields beside."""

SORTS: Mapping[str, Word] = {
    "percent": Word("Готовность", "Сначала наименее готовые"),
    "name": Word("Территория", "По алфавиту"),
    "change": Word("Изменение", "Сначала те, кто меньше всех продвинулся"),
    "planned": Word("План", "Сначала самые поздние даты"),
    "risk": Word("Зона риска", "Сначала те, у кого больше причин"),
    "missed": Word("Контроль", "Сначала те, кто чаще пропускал"),
}

FIGURES: Mapping[str, Word] = {
    "percent": Word("Готовность", "Как складывается из готовности адресатов, сказано ниже"),
    "risk": Word(
        "В зоне риска", "По правилам поручения или по решению координатора к сроку не успеют"
    ),
    "without_step": Word("Без шага", "В зоне риска, а шага с исполнителем и датой нет"),
    "missed": Word(
        "Пропущено отметок", "Дни в зоне риска, за которые нет отметки ежедневного контроля"
    ),
}

STATES: Mapping[str, str] = {"in_force": "действует", "withdrawn": "отозвано"}

KINDS: Mapping[str, str] = {"progress": "от 0 до 100", "done": "сделано или нет"}

ADDRESSED: Mapping[str, str] = {
    "tier": "Всем узлам уровня",
    "below": "Всем, кто ниже",
    "units": "Выбранным территориям",
}

FIELDS: Mapping[str, str] = {
    "title": "Название",
    "basis": "Основание",
    "issued_on": "Дата поручения",
    "deadline": "Срок",
    "addressed": "Кому",
    "tier": "Уровень",
    "units": "Территории",
    "coordinator": "Код координирующего органа",
    "coordinator_name": "Координирующий орган",
    "responsible": "Ответственные",
    "co_executors": "Соисполнители",
    "milestones": "Вехи",
    "stages": "Пороги стадий",
    "rollup": "Общая готовность",
    "risk_rules": "Правила зоны риска",
    "note": "Примечание",
    "reason": "Причина",
    "evidence": "Подтверждение",
    "on": "С какого дня",
    "readings": "Замеры",
    "step_title": "Новый шаг",
    "step_owner": "Исполнитель шага",
    "step_due": "Срок шага",
    "percent": "Готовность",
    "value": "Должность",
    "as_of": "Дата замера",
    "planned_on": "Планируемая дата",
    "steps": "Шаги",
    "owner": "Исполнитель",
    "due_on": "Срок шага",
    "check_ins": "Отметки контроля",
}

NUMBERED: Mapping[str, str] = {
    "milestones": "Веха",
    "risk_rules": "Правило",
    "responsible": "Ответственный",
    "co_executors": "Соисполнитель",
}
PARTS: Mapping[str, str] = {
    "title": "название",
    "weight": "вес",
    "condition": "условие",
    "percent": "процент",
    "days": "дни",
    "weeks": "недели",
}

CHECKED: Mapping[str, str] = {
    "made": "отметка есть",
    "missed": "отметка пропущена",
    "idle": "отметку не просили",
}

SAVED: Mapping[str, str] = {
    "save": "Отчёт записан.",
    "check_in": "Отметка контроля записана.",
    "acknowledge": "Поручение принято к исполнению.",
}

MONTHS = (
    "январь",
    "февраль",
    "март",
    "апрель",
    "май",
    "июнь",
    "июль",
    "август",
    "сентябрь",
    "октябрь",
    "ноябрь",
    "декабрь",
)
QUARTERS = ("I", "II", "III", "IV")
PRECISIONS: Mapping[str, str] = {
    "day": "точная дата",
    "month": "месяц",
    "quarter": "квартал",
    "year": "год",
}


def percent(value: Decimal | None) -> str:
    """`41 %`, `52,4 %`; never a false `100 %` or `0 %`, which are stages of their own."""
    if value is None:
        return UNKNOWN
    edge = 99 < value < 100
    shown = value.quantize(TENTH, rounding=ROUND_DOWN if edge else ROUND_HALF_EVEN)
    if shown == 0 and value > 0:
        shown = TENTH
    return f"{russian.number(float(shown), 1)}{SPACE}%"


def points(value: Decimal | None) -> str:
    """A change of a per cent, in points: `+12`, `−3,5`, `0`."""
    if value is None:
        return UNKNOWN
    shown = value.quantize(TENTH, rounding=ROUND_HALF_EVEN)
    text = russian.number(float(abs(shown)), 1)
    return f"+{text}" if shown > 0 else f"{MINUS}{text}" if shown < 0 else "0"


def tone(value: Decimal | None) -> str:
    """The class of a change: readiness that grows is better."""
    return "soft" if not value else "better" if value > 0 else "worse"


def planned(value: PlannedDate) -> str:
    """A planned date as precisely as it is known: `2021 год`, `декабрь 2020`, `1 декабря 2020`."""
    day = value.day
    match value.precision:
        case "year":
            return f"{day.year}{SPACE}год"
        case "quarter":
            return f"{QUARTERS[(day.month - 1) // 3]}{SPACE}квартал {day.year}"
        case "month":
            return f"{MONTHS[day.month - 1]} {day.year}"
        case _:
            return russian.day(day)


def short_day(value: date) -> str:
    """`17.11.2020`, for a table's cell."""
    return f"{value:%d.%m.%Y}"


def days(number: int) -> str:
    """`13 дней`, `сегодня`, `1 день назад`: a figure under the words on the deadline."""
    if number == 0:
        return "сегодня"
    counted = russian.counted(abs(number), "день", "дня", "дней")
    return counted if number > 0 else f"{counted} назад"


def field(name: str, directive: Directive | None = None) -> str:
    """What a field named in a refusal is called on the page."""
    head, _, code = name.partition(".")
    if head == "percent" and directive is not None:
        titles = {milestone.code: milestone.title for milestone in directive.milestones}
        return titles.get(code, FIELDS[head])
    number, _, part = code.partition(".")
    if head in NUMBERED and number.isdigit():
        named = f"{NUMBERED[head]} {int(number) + 1}"
        return f"{named}, {PARTS[part]}" if part in PARTS else named
    return FIELDS.get(name, FIELDS.get(head, name))


def readable(fault: str) -> str:
    """A refusal in the words of the pages: the API's `reason` is a field below the per cent."""
    return fault.replace("в reason того же замера", "ниже").replace("в reason", "ниже")


def days_left(days: int) -> str:
    """`осталось 13 дней`, `срок сегодня`, `просрочено на 1 день`."""
    if days == 0:
        return "срок сегодня"
    counted = russian.counted(abs(days), "день", "дня", "дней")
    if days > 0:
        left = russian.plural(days, "остался", "осталось", "осталось")
        return f"{left} {counted}"
    return f"просрочено на {counted}"


def rule(value: RiskRule) -> str:
    """A rule of the risk zone with its numbers, as a sentence."""
    match value.kind:
        case RiskKind.PLANNED_LATE:
            return "Планируемая дата позже срока"
        case RiskKind.BEHIND:
            days = russian.counted(value.days or 0, "дня", "дней", "дней")
            return f"Готовность ниже {percent(value.percent)}, а до срока меньше {days}"
        case RiskKind.FORECAST:
            weeks = russian.counted(value.weeks or 0, "недели", "недель", "недель")
            return f"При темпе последних {weeks} к сроку не успевает"
        case RiskKind.SILENT:
            days = russian.counted(value.days or 0, "дня", "дней", "дней")
            return f"Нет новых замеров дольше {days}"


def risks(reasons: Sequence[RiskReason]) -> list[tuple[str, str]]:
    """The rules that hold, each once, with all it says: two thresholds are one thing to a reader
    of a table."""
    said: dict[str, list[str]] = {}
    for reason in reasons:
        said.setdefault(RISKS.get(reason.rule, reason.rule), []).append(reason.why)
    return [(name, russian.headline("; ".join(why))) for name, why in said.items()]


def forecast(value: Forecast) -> str:
    """`при нынешнем темпе – 12.12.2020, от 28.11.2020 до 20.01.2021`."""
    if value.expected is None:
        return "при нынешнем темпе – никогда"
    text = f"при нынешнем темпе – {short_day(value.expected)}"
    if value.earliest is None or value.earliest == value.latest:
        return text
    latest = "бесконечности" if value.latest is None else short_day(value.latest)
    return f"{text}, от {short_day(value.earliest)} до {latest}"
