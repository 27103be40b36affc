"""The meeting pack as XLSX: six sheets that can be sorted, filtered and printed.

Numbers are number cells and days are date cells. Every text is written as a string and as nothing
else: an answer that begins with «=» is an answer, not a formula.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO

from node.dashboards.meeting_pack import MeetingPack, words
from node.dashboards.meeting_pack.columns import (
    CONTROL,
    GAPS,
    QUESTIONS,
    REGIONS,
    STAGE_COLOURS,
    STEPS,
)
from node.dashboards.meeting_pack.sheet_writer import SheetWriter
from node.domain.readiness import Stage

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SUMMARY_WIDTHS = (34, 20, 20, 16)


def as_xlsx(pack: MeetingPack, *, made_at: datetime) -> bytes:
    """The workbook. `made_at` stands in its properties, so that the same pack made at the same
    moment has the same bytes."""
    stream = BytesIO()
    with SheetWriter(stream, pack, made_at=made_at) as book:
        _summary(book, pack)
        book.table("Регионы", REGIONS, pack.rows, bar=3)
        book.table("Пробелы", GAPS, ((row, gap) for row in pack.rows for gap in row.gaps))
        book.table("Шаги", STEPS, ((row, step) for row in pack.rows for step in row.steps))
        book.table("Контроль", CONTROL, (row for row in pack.rows if row.is_controlled))
        book.table(
            "Вопросы", QUESTIONS, ((row, asked) for row in pack.rows for asked in row.questions)
        )
    return stream.getvalue()


def _summary(book: SheetWriter, pack: MeetingPack) -> None:
    """What a chairman reads first: the directive, the whole, the stages now and before."""
    directive = pack.directive
    sheet = book.page("Сводка", SUMMARY_WIDTHS)
    sheet.heading(directive.title)
    if caution := words.caution(pack):
        sheet.notice(caution)
    sheet.fact("Данные на", pack.as_of)
    sheet.fact("Сравнение с", pack.since)
    sheet.fact("Составил", pack.here)
    sheet.fact("Основание", directive.basis)
    sheet.fact("Выпущено", directive.issued_on)
    sheet.fact("Срок", directive.deadline)
    sheet.fact("Осталось дней", pack.days_left, alarm=pack.days_left < 0)
    sheet.fact("Координирующий орган", directive.coordinator_name)
    sheet.fact("Ответственные", _listed(directive.responsible))
    sheet.fact("Соисполнители", _listed(directive.co_executors))
    sheet.gap()
    sheet.header("", "Сейчас", f"На {words.day(pack.since)}", "Изменение")
    sheet.compared(
        f"Готовность, % ({words.ROLLUPS[directive.rollup]})", pack.percent, pack.percent_before
    )
    for stage in Stage:
        sheet.compared(
            words.STAGES[stage],
            pack.stages[stage],
            pack.stages_before[stage],
            colour=STAGE_COLOURS[stage],
        )
    sheet.compared("Всего территорий", len(pack.rows), len(pack.rows))
    sheet.gap()
    sheet.fact("В зоне риска", len(pack.at_risk), alarm=bool(pack.at_risk))
    sheet.fact("Вошли в неё с даты сравнения", _listed(row.name for row in pack.entered))
    sheet.fact("Вышли из неё", _listed(row.name for row in pack.left))
    without = [row for row in pack.rows if row.standing.without_step]
    sheet.fact("В зоне риска без шага", len(without), alarm=bool(without))
    late = sum(len(row.late_steps) for row in pack.rows)
    sheet.fact("Просроченных шагов", late, alarm=late > 0)
    missed = sum(len(row.standing.missed_check_ins) for row in pack.rows)
    sheet.fact("Пропущено отметок контроля", missed, alarm=missed > 0)
    sheet.fact("Вопросов без ответа", sum(row.unanswered for row in pack.rows))
    sheet.fact("Территорий без единого замера", pack.unmeasured)
    sheet.fact("Процент – реконструкция, территорий", pack.reconstructed)
    sheet.gap()
    sheet.fact("Зона риска, правила", "\n".join(words.rules(pack)))
    if directive.note is not None:
        sheet.fact("Примечание", directive.note)


def _listed(names: Iterable[str]) -> str:
    return "\n".join(names) or words.UNKNOWN
