"""The words of the pages on issues: filters, fields of moves, what happened, kinds of deadlines."""

from __future__ import annotations

from collections.abc import Mapping

from node.domain.issue import OUTCOME_NAMES, STATE_NAMES, Clocks, Notice, Outcome, State
from node.domain.repeats import Sign
from node.domain.routing import Basis

OPEN = "open"
OVERDUE = "overdue"
SHOWN: Mapping[str, str] = {
    OPEN: "В работе",
    OVERDUE: "Просроченные",
    State.REGISTERED: "Зарегистрированные",
    State.MODERATION: "На модерации",
    State.COORDINATION: "На координации",
    State.ROUTED: "Переданные исполнителю",
    State.RETURNED: "Возвращённые: «не наше»",
    State.PAUSED: "Ждём ответа жителя",
    State.APPROVAL: "Ответ на согласовании",
    State.ANSWERED: "С ответом, не закрытые",
    State.REOPENED: "Возобновлённые",
    State.CLOSED: "Закрытые",
    State.REJECTED: "Отклонённые",
    State.MERGED: "Объединённые",
}
"""What the work list may be asked for, in the order of the choice; the first is the default."""

URGENCIES: Mapping[str, str] = {
    "urgent": "Срочные",
    "danger": "Опасные для жизни",
    "ordinary": "Обычные",
}
DUES: Mapping[str, str] = {
    "soon": "Скоро срок",
    "today": "Сегодня",
    "week": "За неделю",
    "overdue": "Просрочен",
}

# Every field a move may have (`domain/issue.py`), as its label.
FIELDS: Mapping[str, str] = {
    "executor": "Исполнитель",
    "topic": "Тема",
    "territory": "Территория",
    "text": "Текст ответа",
    "outcome": "Итог",
    "reason": "Причина",
    "urgency": "Срочность",
    "complained_of": "На кого жалуются",
    "ground": "Основание",
    "responsible": "Кто за это отвечает",
    "until": "Новый срок",
    "into": "Номер проблемы, с которой объединить",
    "addressee": "Куда переадресовано",
    "way": "Как отправлено",
    "sent_on": "Дата отправки",
}
# Of a field in one move, where its name is not the one above.
LABELS: Mapping[str, str] = {
    "pause.text": "Вопрос жителю",
    "reject.responsible": "Кто за это отвечает",
    "return.responsible": "Чьё это",
    "send_back.reason": "Что доработать",
    "forward.reason": "Примечание",
}
# Of a field, or of a field in one move.
HINTS: Mapping[str, str] = {
    "text": "Этот текст – ответ жителю. Не пишите в нём чужих имён, телефонов и адресов.",
    "outcome": "«Решена» – когда сделано, и не раньше. Разъяснение и отказ считаются отдельно.",
    "reason": "Остаётся в истории проблемы.",
    "pause.text": "Вопрос жителю. Пока он не ответит, срок стоит – но не дольше норматива.",
    "reject.reason": "Её прочтёт житель.",
    "responsible": "Код ведомства или название органа: так будет видно, куда обратиться.",
    "until": "Не дальше, чем разрешает норматив.",
    "send_back.reason": "Это прочтёт исполнитель; черновик вернётся в его форму.",
    "return.reason": "Прочтёт координатор.",
    "complained_of": "По 59-ФЗ жалобу нельзя передать тому, на кого жалуются.",
    "close.reason": "Остаётся в истории проблемы. При отказе обязательна.",
}

# How a move is told of afterwards; `register` is what the first appeal did.
HAPPENED: Mapping[str, str] = {
    "register": "Зарегистрирована",
    "take": "Взята на модерацию",
    "admit": "Принята в работу",
    "reject": "Отклонена",
    "return": "Возвращена исполнителем: «не наше»",
    "interim": "Промежуточный ответ",
    "pause": "Житель спрошен, срок приостановлен",
    "resume": "Работа продолжена",
    "approve": "Ответ согласован",
    "send_back": "Ответ возвращён на доработку",
    "forward": "Переадресована",
    "prioritise": "Сменена срочность",
    "merge": "Объединена с другой",
    "unmerge": "Разъединена",
    "gather": "Присоединена другая проблема",
    "ungather": "Отсоединена другая проблема",
    "route": "Передана исполнителю",
    "reroute": "Сменён исполнитель",
    "answer": "Дан ответ",
    "close": "Закрыта",
    "reopen": "Возобновлена",
    "reclassify": "Сменена тема или территория",
}

# Fields of a move that name another issue: told as a link.
LINKS: Mapping[str, str] = {
    "into": "С какой",
    "issue": "Какая",
}

# What residents said by their link, as a line of the history.
SAID: Mapping[str, str] = {
    "satisfied": "Оценка жителя: ответ устраивает",
    "unsatisfied": "Оценка жителя: ответ не устраивает",
    "contest": "Житель: не решено",
    "answer": "Житель ответил на вопрос",
}

REPLIES: Mapping[str, str] = {
    "final": "Ответ",
    "interim": "Промежуточный ответ",
    "question": "Вопрос жителю",
}
# How far a reply has got, and the class of these words.
REPLY_STATES: Mapping[str, tuple[str, str]] = {
    "draft": ("черновик", "soft"),
    "proposed": ("на согласовании", "soon"),
    "sent": ("отправлен", "better"),
    "withdrawn": ("не отправлен: возвращён или исправлен", "soft"),
}

NOBODY_NAMED = "никто"
BASES: Mapping[str, str] = {
    Basis.TOPIC: "по теме",
    Basis.FALLBACK: "ему отдают то, что не разошлось по правилам и теме",
    Basis.QUEUE: "отдать некому",
}
# The same moves where the answer has to be approved first.
PROPOSED: Mapping[str, str] = {
    "answer": "Ответ передан на согласование",
    "interim": "Промежуточный ответ передан на согласование",
}

DEADLINES: Mapping[str, str] = {
    "first_answer": "Первый ответ",
    "final": "Окончательный ответ",
    "interim": "Обещано в промежуточном ответе",
    "forward": "Переадресация (59-ФЗ)",
    "register": "Регистрация (59-ФЗ)",
}

# What a move does to the deadlines.
CLOCKS: Mapping[Clocks, str] = {
    Clocks.RUN: "идут дальше",
    Clocks.RESET: "считаются заново по нормативу, с того же поступления",
    Clocks.PAUSE: "стоят, пока ждём жителя, но не дольше норматива",
    Clocks.RESUME: "идут снова, сдвинутые на время ожидания",
    Clocks.PROMISE: "окончательный переносится на обещанный день",
    Clocks.MEET: "срок первого ответа остановлен",
    Clocks.STOP: "остановлены",
    Clocks.RESTART: "свой срок у возобновления; часы жителя идут с первого обращения",
}

# What a resident learns of a move.
TELLS: Mapping[Notice, str] = {
    Notice.REGISTERED: "обращение зарегистрировано",
    Notice.MODERATION: "обращение читает модератор",
    Notice.COORDINATION: "обращение принято в работу",
    Notice.EXECUTION: "кто исполнитель и к какому дню ответ",
    Notice.INTERIM: "промежуточный ответ и новый день",
    Notice.ANSWERED: "ответ",
    Notice.CLOSED: "итог",
    Notice.REJECTED: "почему отклонено и кто отвечает за вопрос",
    Notice.MERGED: "об этом уже сообщили, решают вместе",
    Notice.FORWARDED: "куда, как и когда направлено",
    Notice.REOPENED: "рассматривается снова",
    Notice.PAUSED: "вопрос, на который надо ответить",
}

CHANNELS: Mapping[str, str] = {"web_form": "форма на сайте", "api": "через API"}
"""Channels this program brings itself; any other is shown by the name its sender gives it."""

ACTORS: Mapping[str, str] = {
    "resident": "житель",
    "cur import": "загрузка из файла",
    "node": "узел",
}
"""Who acts without a token; anybody else is shown by the name of the token."""


def state(code: str, outcome: str | None) -> str:
    """`закрыта: решена`."""
    name = STATE_NAMES[State(code)]
    return f"{name}: {OUTCOME_NAMES[Outcome(outcome)]}" if outcome else name


def outcome(code: str | None) -> str | None:
    return OUTCOME_NAMES[Outcome(code)] if code else None


def repeat(sign: str, metres: int | None) -> str:
    """Why an issue is offered as a repeat: `та же тема в 56 м`."""
    match sign:
        case Sign.QUOTED:
            return "упомянут номер"
        case Sign.SAME_TEXT:
            return "тот же текст"
        case _:
            return f"та же тема в {metres or 0}\u00a0м"


def happened(move: str, state: str) -> str:
    """What a move that led to this state was."""
    if state == State.APPROVAL and move in PROPOSED:
        return PROPOSED[move]
    return HAPPENED.get(move, move)
