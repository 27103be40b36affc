"""The words of the pages on issues: filters, fields of moves, what happened, kinds of deadlines."""

from __future__ import annotations

from collections.abc import Mapping

from node.domain.issue import OUTCOME_NAMES, STATE_NAMES, Outcome, State

OPEN = "open"
OVERDUE = "overdue"
SHOWN: Mapping[str, str] = {
    OPEN: "В работе",
    OVERDUE: "Просроченные",
    State.REGISTERED: "Зарегистрированные",
    State.ROUTED: "Переданные исполнителю",
    State.ANSWERED: "С ответом, не закрытые",
    State.REOPENED: "Возобновлённые",
    State.CLOSED: "Закрытые",
}
"""What the work list may be asked for, in the order of the choice; the first is the default."""

# Every field a move may have (`domain/issue.py`), as its label.
FIELDS: Mapping[str, str] = {
    "executor": "Исполнитель",
    "topic": "Тема",
    "territory": "Территория",
    "text": "Текст ответа",
    "outcome": "Итог",
    "reason": "Причина",
}
# Of a field, or of a field in one move.
HINTS: Mapping[str, str] = {
    "text": "Этот текст – ответ жителю. Не пишите в нём чужих имён, телефонов и адресов.",
    "outcome": "«Решена» – когда сделано, и не раньше. Разъяснение и отказ считаются отдельно.",
    "reason": "Остаётся в истории проблемы.",
    "close.reason": "Остаётся в истории проблемы. При отказе обязательна.",
}

# How a move is told of afterwards; `register` is what the first appeal did.
HAPPENED: Mapping[str, str] = {
    "register": "Зарегистрирована",
    "route": "Передана исполнителю",
    "reroute": "Сменён исполнитель",
    "answer": "Дан ответ",
    "close": "Закрыта",
    "reopen": "Возобновлена",
    "reclassify": "Сменена тема или территория",
}

DEADLINES: Mapping[str, str] = {"first_answer": "Первый ответ", "final": "Окончательный ответ"}

CHANNELS: Mapping[str, str] = {"web_form": "форма на сайте", "api": "через API"}
"""Channels this program brings itself; any other is shown by the name its sender gives it."""

ACTORS: Mapping[str, str] = {"resident": "житель", "cur import": "загрузка из файла"}
"""Who acts without a token; anybody else is shown by the name of the token."""


def state(code: str, outcome: str | None) -> str:
    """`закрыта: решена`."""
    name = STATE_NAMES[State(code)]
    return f"{name}: {OUTCOME_NAMES[Outcome(outcome)]}" if outcome else name
