"""The words of what is sent to residents and staff: kinds, ways, states, failures, remedies."""

from __future__ import annotations

from collections.abc import Mapping

from node.domain.reply_delivery import Failure, Kind, MessageState, Way

KINDS: Mapping[str, str] = {
    Kind.ALERT: "Тревога дежурным",
    Kind.INTERIM: "Промежуточный ответ",
    Kind.FINAL: "Ответ",
    Kind.WARNING: "Предупреждение о сроке",
    Kind.NOTICE: "Уведомление",
}

# What a notice tells of; an answer says what it is by its kind.
STAGES: Mapping[str, str] = {
    "registered": "зарегистрировано",
    "moderation": "на модерации",
    "coordination": "принято в работу",
    "execution": "передано исполнителю",
    "closed": "закрыто",
    "rejected": "отклонено",
    "merged": "объединено с другим",
    "forwarded": "переадресовано",
    "reopened": "рассматривается снова",
    "paused": "вопрос жителю",
}

WAYS: Mapping[str, str] = {
    Way.EMAIL: "по электронной почте",
    Way.STATUS_PAGE: "на странице обращения",
    Way.NONE: "нечем ответить",
}

STATES: Mapping[str, str] = {
    MessageState.WAITING: "ждёт отправки",
    MessageState.DELIVERED: "доставлено",
    MessageState.FAILED: "не доставлено",
    MessageState.NEEDLESS: "не понадобилось",
}

FAILURES: Mapping[str, str] = {
    Failure.NO_WAY: "ответить нечем",
    Failure.NO_ADAPTER: "узел не отправляет почту",
    Failure.NO_DUTY_LIST: "список дежурных пуст",
    Failure.BAD_ADDRESS: "адрес записан с ошибкой",
    Failure.REFUSED: "почтовый сервер отказал",
    Failure.GAVE_UP: "почтовый сервер так и не принял письмо",
}

REMEDIES: Mapping[str, str] = {
    Failure.NO_WAY: "Житель не оставил почты, не видел ссылки или просил позвонить. Позвоните сами,"
    " если есть телефон; если контакт исправлен, отправьте ещё раз.",
    Failure.NO_ADAPTER: "Администратор узла заполняет раздел [smtp] настроек, затем отправьте"
    " ещё раз.",
    Failure.NO_DUTY_LIST: "Администратор узла вписывает адреса в alerts.duty, затем отправьте"
    " ещё раз. Дежурным сообщите по телефону сейчас.",
    Failure.BAD_ADDRESS: "Исправьте адрес жителя и отправьте ещё раз.",
    Failure.REFUSED: "Обычно такого ящика нет или он переполнен. Исправьте адрес или свяжитесь"
    " с жителем иначе; если причина устранена, отправьте ещё раз.",
    Failure.GAVE_UP: "Администратор проверяет почту командой cur mail test, затем отправьте"
    " ещё раз.",
}

REMEDIES_OF_WARNINGS: Mapping[str, str] = {
    Failure.NO_ADAPTER: "Администратор узла заполняет раздел [smtp] настроек.",
    Failure.BAD_ADDRESS: "Администратор узла исправляет адрес сотрудника на странице «Люди».",
    Failure.REFUSED: "Обычно такого ящика нет или он переполнен. Администратор узла исправляет"
    " адрес сотрудника на странице «Люди».",
    Failure.GAVE_UP: "Администратор проверяет почту командой cur mail test.",
}

CODES: Mapping[str, str] = {
    "timeout": "сервер не ответил вовремя",
    "dropped": "связь с сервером оборвалась",
    "unreachable": "сервер недоступен",
    "tls": "не удалось защищённое соединение",
    "login": "сервер не предлагает входа по паролю",
    "no smtp": "почта не настроена",
    "no smtputf8": "сервер не принимает таких адресов",
    "nothing left": "к отправке всё было сделано",
    "not an address": "это не адрес",
    "no address": "адреса нет",
    "shown": "ссылка была у жителя",
    "not shown": "ссылки у жителя не было",
}
"""Words that stand in place of a server's code; a code itself is shown as it is."""


def title(kind: str, stage: str) -> str:
    """`Уведомление: передано исполнителю`."""
    name = KINDS.get(kind, kind)
    return f"{name}: {STAGES.get(stage, stage)}" if kind == Kind.NOTICE else name
