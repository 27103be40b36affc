"""The words of the pages on questions and training."""

from __future__ import annotations

from collections.abc import Mapping

from node.domain.delivery import DeliveryState
from node.domain.directory import Directory
from node.domain.help import HelpKind, HelpState
from node.domain.help_progress import Step, UnitProgress
from node.web.locale import russian
from node.web.locale.delivery_words import delivery_words

TABS: Mapping[str, str] = {HelpKind.QUESTION: "Вопросы", HelpKind.TRAINING: "Обучение"}

KINDS: Mapping[str, str] = {
    HelpKind.QUESTION: "вопрос",
    HelpKind.TRAINING: "обучение",
    HelpKind.ADVICE: "совет",
    HelpKind.PRACTICE: "практика",
    HelpKind.OFFER: "предложение помощи",
}

STATES: Mapping[str, str] = {
    HelpState.OPEN: "открыт",
    HelpState.CLOSED: "закрыт",
    HelpState.WITHDRAWN: "отозван",
}
STATES_OF_TRAINING: Mapping[str, str] = {
    HelpState.OPEN: "открыто",
    HelpState.CLOSED: "закрыто",
    HelpState.WITHDRAWN: "отозвано",
}

LABELS: Mapping[str, str] = {
    "kind": "Что это",
    "title": "Вопрос коротко",
    "text": "Подробности",
    "addressed": "Кому",
    "tier": "Кому",
    "units": "Кому",
    "directive": "По поручению",
    "due_on": "Ответить до",
    "planned_on": "День обучения",
    "answer": "Ответ",
    "unit": "Территория",
    "held_on": "Когда проведено",
    "attended": "Сколько человек присутствовало",
    "state": "Чем закончить",
    "reason": "Причина",
    "id": "Форма",
}
OF_TRAINING: Mapping[str, str] = {
    "title": "Тема обучения",
    "text": "Программа, для кого, где",
    "due_on": "Отчитаться до",
    "answer": "Что сообщить о проведении",
}
"""Labels that are other words when the matter is a training."""

TONES: Mapping[Step, str] = {
    Step.OVERDUE: "worse",
    Step.REFUSED: "worse",
    Step.SILENT: "soft",
    Step.SEEN: "",
    Step.DONE: "better",
}


def label(name: str, *, is_training: bool) -> str:
    return (OF_TRAINING.get(name) if is_training else None) or LABELS.get(name, name)


def state(code: HelpState, *, is_training: bool) -> str:
    return (STATES_OF_TRAINING if is_training else STATES)[code]


def step(one: UnitProgress, *, is_training: bool) -> str:
    """Where an addressee stands, in words that need no colour."""
    done = "проведено" if is_training else "есть ответ"
    match one.step:
        case Step.DONE:
            return f"{done}, позже срока" if one.late else done
        case Step.OVERDUE:
            return "просрочено"
        case Step.REFUSED:
            return "узел не понял"
        case Step.SEEN:
            return "увидели, не проведено" if is_training else "увидели, ответа нет"
        case Step.SILENT:
            return "не проведено" if is_training else "ответа нет"


def way(one: UnitProgress, directory: Directory) -> str:
    """How it fared on its way down; nothing where what was done about it says it already."""
    found = one.delivered
    if found is None or one.is_done or one.report.seen_at:
        return ""
    match found.state:
        case DeliveryState.STORED:
            return "получено, не открыто"
        case DeliveryState.NO_NODE:
            return "своего узла нет"
        case _:
            return delivery_words(found, directory)


def to_whom(units: int) -> str:
    return russian.counted(units, "территория", "территории", "территорий")
