"""The words of «ТОП проблем»: what each choice, figure and column is called and means.

The meanings are the definitions of the counters, said for a reader; the long form is the guide
`help/top.ru.md`, and the two must not differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Word(NamedTuple):
    """A name, and the sentence shown to whoever asks what it means."""

    name: str
    meaning: str


PERIODS: Mapping[str, str] = {"day": "День", "week": "Неделя", "month": "Месяц"}

ROW_KINDS: Mapping[str, Word] = {
    "topic": Word("Темы", "Тема"),
    "sector": Word("Отрасли", "Отрасль"),
    "block": Word("Блоки", "Отраслевой блок"),
    "territory": Word("Территории", "Территория"),
}

ORDERS: Mapping[str, Word] = {
    "received": Word("Поступило", "по числу поступивших обращений"),
    "growth": Word("Рост", "по росту против предыдущего периода"),
    "overdue": Word("Просрочено", "по числу просроченных"),
    "dragging": Word("Затягивается", "по числу затянувшихся"),
    "unsatisfied": Word("Недовольны", "по числу недовольных ответом"),
}

FIGURES: Mapping[str, Word] = {
    "received": Word("Поступило", "Обращения, зарегистрированные за период"),
    "open": Word("Открыто", "Проблемы в работе на конец периода"),
    "overdue": Word("Просрочено", "Открытые проблемы, срок которых прошёл"),
    "dragging": Word("Затягивается", "Открытые дольше двух нормативов"),
    "solved_share": Word("Решено", "Доля решённых среди всех закрытых за период"),
    "satisfied_share": Word("Довольны ответом", "Доля довольных среди оценивших ответ"),
}

POINTS: Mapping[str, Word] = {
    "received": Word("Больше всего обращений", "За период обращений не поступило."),
    "growth": Word("Быстрее всего растёт", "Роста против предыдущего периода нет."),
    "overdue": Word("Больше всего просрочено", "Просроченных нет."),
}


class Column(NamedTuple):
    """A column: the counter or field it shows, its words, the order its head asks for."""

    code: str
    name: str
    meaning: str
    order: str | None = None
    starts_group: bool = False


COLUMNS: tuple[Column, ...] = (
    Column("received", "Поступило", "Обращения за период.", "received", True),
    Column("change", "Изменение", "Против предыдущего периода той же длины.", "growth"),
    Column("open", "Открыто", "Проблемы в работе на конец периода.", None, True),
    Column("overdue", "Просро\u00adчено", "Открытые, срок которых прошёл.", "overdue"),
    Column("dragging", "Затяги\u00adвается", "Открытые дольше двух нормативов.", "dragging"),
    Column("solved", "Решено", "Доля решённых среди всех закрытых за период.", None, True),
    Column("late", "Позже срока", "Доля закрытых после срока среди всех закрытых за период."),
    Column("satisfied", "Довольны", "Доля довольных среди оценивших ответ.", "unsatisfied"),
    Column("first_answer", "Первый ответ", "От поступления до первого ответа.", None, True),
    Column("solve", "Решение", "От поступления до закрытия решённой проблемы."),
)
