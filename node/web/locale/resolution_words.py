"""The words of «Решение проблем»; the long form is the guide `help/resolution.ru.md`."""

from __future__ import annotations

from collections.abc import Mapping

from node.web.locale.top_words import Word

PERIODS: Mapping[str, str] = {"week": "Неделя", "month": "Месяц", "quarter": "Квартал"}
ROW_KINDS: Mapping[str, Word] = {
    "agency": Word("Ведомства", "Ведомство"),
    "sector": Word("Отрасли", "Отрасль"),
}
OUTCOMES: Mapping[str, str] = {
    "solved": "решено",
    "explained": "разъяснено",
    "refused": "отказано",
}
REACHED: Mapping[str, str] = {
    "adapter": "отправлено на почту",
    "status_page": "на странице обращения",
    "failed": "не доставлено",
}
HEAD: tuple[str, ...] = (
    "Код",
    "Название",
    "Поступило обращений",
    "Принято в работу",
    "Возвращено «не наше»",
    "Возобновлено",
    "Закрыто",
    "Решено",
    "Разъяснено",
    "Отказано",
    "Первых ответов",
    "Первый ответ в срок, %",
    "Закрыто в срок, %",
    "Открыто сейчас",
    "Просрочено сейчас",
    "Затягивается сейчас",
    "Скоро срок",
    "Довольны",
    "Недовольны",
    "Решение, медиана, ч",
)
"""The head of the table for a spreadsheet."""
