"""The words of a resident's status page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from node.domain.local_day import day_of
from node.domain.resident_choices import Mark, Step
from node.web.locale import russian

STEPS: Mapping[Step, str] = {
    Step.MODERATION: "Модерация",
    Step.COORDINATION: "Координация",
    Step.EXECUTION: "Исполнение",
    Step.APPROVAL: "Согласование ответа",
    Step.ANSWER: "Ответ",
}
REPLIES: Mapping[str, str] = {
    "final": "Ответ",
    "interim": "Промежуточный ответ",
    "question": "Вопрос к вам",
}
MARKS: Mapping[str, str] = {
    Mark.SATISFIED: "Ответ устраивает",
    Mark.UNSATISFIED: "Ответ не устраивает",
}
SAID: Mapping[str, str] = {
    "mark": "Спасибо, оценка записана.",
    "contest": "Проблема возобновлена. Номер и ссылка прежние.",
    "answer": "Спасибо, ответ передан исполнителю.",
    "join": "Готово: ваше обращение присоединено. Ответ получите и вы, номер и ссылка прежние.",
}


def day(moment: datetime, zone: ZoneInfo) -> str:
    """`18 ноября 2026`."""
    return russian.day(day_of(moment, zone), year=True)
