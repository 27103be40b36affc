"""The words and the numbers of the meeting pack, the same in XLSX and PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

from node.dashboards.meeting_pack import MeetingPack, Question, Row
from node.domain.directive import WHOLE, RiskKind, RiskRule, Rollup, Step
from node.domain.help import HelpKind, HelpState
from node.domain.milestones import MilestoneState
from node.domain.readiness import Stage
from node.domain.wording import days, longer_than_days, number, of_weeks, on, per_cent, planned_for

UNKNOWN = "–"
MINUS = "\u2212"
TENTH = Decimal("0.1")
MOST_TITLE = 64

STAGES: Mapping[Stage, str] = {
    Stage.COMPLETE: "Завершено",
    Stage.CLOSE: "Близко к завершению",
    Stage.IN_PROGRESS: "В работе",
    Stage.NOT_STARTED: "Не начато",
}
KINDS: Mapping[HelpKind, str] = {
    HelpKind.QUESTION: "Вопрос",
    HelpKind.TRAINING: "Обучение",
    HelpKind.ADVICE: "Совет",
    HelpKind.PRACTICE: "Практика",
    HelpKind.OFFER: "Предложение",
}
ROLLUPS: Mapping[Rollup, str] = {
    Rollup.MEAN: "средняя по адресатам",
    Rollup.POPULATION: "средняя с весом по населению",
    Rollup.SHARE_COMPLETE: "доля завершивших",
    Rollup.OWN: "по собственным замерам",
}
RECONSTRUCTED = "реконструкция"
ON_BEHALF = "внёс координатор"
NOT_REPORTED = "замеров нет"


def shown(value: Decimal) -> Decimal:
    """A per cent to one decimal; never a false 100 or 0, which are stages of their own."""
    rounding = ROUND_DOWN if 99 < value < 100 else ROUND_HALF_EVEN
    tenths = value.quantize(TENTH, rounding=rounding)
    return TENTH if tenths == 0 and value > 0 else tenths


def percent(value: Decimal | None) -> str:
    """`52,5 %`."""
    return UNKNOWN if value is None else per_cent(shown(value))


def points(value: Decimal | None) -> str:
    """A change in per cent points: `+12`, `−3,5`, `0`."""
    if value is None:
        return UNKNOWN
    tenths = value.quantize(TENTH, rounding=ROUND_HALF_EVEN)
    sign = "+" if tenths > 0 else MINUS if tenths < 0 else ""
    return f"{sign}{number(abs(tenths))}"


def count(value: int) -> str:
    """`15 951`."""
    return f"{value:,}".replace(",", " ")


def cut(text: str) -> str:
    """A title short enough to stand over a printed page."""
    if len(text) <= MOST_TITLE:
        return text
    words = text[:MOST_TITLE].rsplit(" ", 1)
    return f"{words[0]}…"


def day(value: date | None) -> str:
    return UNKNOWN if value is None else on(value)


def in_a_row(missed: Sequence[date]) -> str:
    """Days in their order, runs of three and more as one: `28.10.2020–16.11.2020, 18.11.2020`."""
    runs: list[list[date]] = []
    for one in missed:
        if runs and (one - runs[-1][-1]).days == 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    return ", ".join(
        f"{on(run[0])}–{on(run[-1])}" if len(run) > 2 else ", ".join(map(on, run)) for run in runs
    )


def deadline(days_left: int) -> str:
    """`до срока 13 дней`, `срок сегодня`, `срок прошёл 1 день назад`."""
    if days_left == 0:
        return "срок сегодня"
    return (
        f"до срока {days(days_left)}" if days_left > 0 else f"срок прошёл {days(-days_left)} назад"
    )


def planned(row: Row) -> str:
    plan = row.standing.planned_on
    return UNKNOWN if plan is None else planned_for(plan.day, plan.precision)


def source(row: Row) -> str:
    """What a per cent rests on, where that is not the unit's own word of the time."""
    standing = row.standing
    marks = (
        (NOT_REPORTED, standing.last_reading_on is None),
        (RECONSTRUCTED, standing.reconstructed),
        (ON_BEHALF, standing.on_behalf),
    )
    return ", ".join(mark for mark, holds in marks if holds)


def gap_source(state: MilestoneState) -> str:
    """What the reading behind a milestone is, where that must be known."""
    if state.reading is None:
        return NOT_REPORTED
    marks = (
        ("замер поручения в целом", state.reading.milestone == WHOLE),
        (RECONSTRUCTED, state.reading.reconstructed),
    )
    return ", ".join(mark for mark, holds in marks if holds)


def step_state(step: Step, as_of: date) -> str:
    """`выполнен 05.11.2020`, `просрочен на 3 дня`, `в работе`."""
    if step.done_on is not None:
        return f"выполнен {on(step.done_on)}"
    late = (as_of - step.due_on).days
    return f"просрочен на {days(late)}" if late > 0 else "в работе"


def question_state(question: Question) -> str:
    if question.is_done:
        return "проведено" if question.kind is HelpKind.TRAINING else "есть ответ"
    if question.state is HelpState.WITHDRAWN:
        return "снят"
    if question.state is HelpState.CLOSED:
        return "закрыт без ответа"
    if question.kind is HelpKind.TRAINING:
        return "не проведено в срок" if question.overdue else f"план: {day(question.planned_on)}"
    return "срок ответа прошёл" if question.overdue else "ждёт ответа"


def answer(question: Question) -> str:
    """The answer in force, or that a training was held and who attended; empty when neither."""
    parts = []
    if question.held_on is not None:
        attended = "" if question.attended is None else f", участников: {question.attended}"
        parts.append(f"Проведено {on(question.held_on)}{attended}")
    if question.answer is not None:
        parts.append(question.answer)
    return "\n".join(parts)


def rule(value: RiskRule) -> str:
    """A rule of the risk zone with its numbers."""
    match value:
        case RiskRule(kind=RiskKind.PLANNED_LATE):
            return "плановая дата позже срока"
        case RiskRule(kind=RiskKind.BEHIND, percent=Decimal() as least, days=int() as before):
            return (
                f"готовность ниже {per_cent(least)}, а до срока меньше {longer_than_days(before)}"
            )
        case RiskRule(kind=RiskKind.FORECAST, weeks=int() as weeks):
            return f"по темпу последних {of_weeks(weeks)} к сроку не успевает"
        case RiskRule(kind=RiskKind.SILENT, days=int() as silent):
            return f"нет замера дольше {longer_than_days(silent)}"
    return f"правило {value.kind} без своих чисел, не действует"


def rules(pack: MeetingPack) -> tuple[str, ...]:
    return ("срок прошёл, а не завершено", *(rule(one) for one in pack.directive.risk_rules))


def caution(pack: MeetingPack) -> str | None:
    """What a reader must know before quoting a figure; None when there is nothing."""
    parts = []
    if pack.scenario is not None:
        parts.append("Это история, загруженная из сценария, а не действующее поручение.")
    if pack.reconstructed:
        parts.append(
            f"Реконструкция: процент стоит на замерах, восстановленных позже, у "
            f"{pack.reconstructed} из {len(pack.rows)} территорий; они отмечены."
        )
    if pack.directive.withdrawn:
        parts.append("Поручение отозвано.")
    return " ".join(parts) or None


def file_name(pack: MeetingPack, ending: str) -> str:
    """`pack-cur-2020-2020-11-17.xlsx`."""
    return f"pack-{pack.directive.id}-{pack.as_of.isoformat()}.{ending}"
